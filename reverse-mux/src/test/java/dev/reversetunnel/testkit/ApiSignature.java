package dev.reversetunnel.testkit;

import static java.util.stream.Collectors.joining;

import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.GenericDeclaration;
import java.lang.reflect.Member;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Classes and members as a Java programmer writes them, for {@link ApiListing}.
 *
 * <p>Made from single reflective facts and never from the JDK's own {@code toGenericString()}, whose text differs
 * between JDKs.
 */
final class ApiSignature {
    private static final Set<String> OF_EVERY_OBJECT = Set.of("equals", "hashCode", "toString");
    private static final int TOLD =
            Modifier.PUBLIC | Modifier.PROTECTED | Modifier.STATIC | Modifier.ABSTRACT | Modifier.FINAL;

    private ApiSignature() {}

    static boolean isVisible(Class<?> type) {
        if (type.isAnonymousClass() || type.isLocalClass() || type.isSynthetic() || !isVisible(type.getModifiers())) {
            return false;
        }
        Class<?> outer = type.getDeclaringClass();
        return outer == null || isVisible(outer);
    }

    private static boolean isVisible(int modifiers) {
        return Modifier.isPublic(modifiers) || Modifier.isProtected(modifiers);
    }

    static String of(Class<?> type) {
        StringBuilder line = new StringBuilder(deprecated(type));
        boolean finalByNature = type.isEnum() || type.isRecord() || type.isInterface();
        int modifiers = type.getModifiers() & TOLD;
        if (finalByNature) {
            modifiers &= ~(Modifier.FINAL | Modifier.ABSTRACT | Modifier.STATIC);
        }
        line.append(words(modifiers)).append(type.isSealed() ? "sealed " : "").append(kind(type));
        line.append(' ').append(type.getName()).append(typeParameters(type));
        if (type.isRecord()) {
            line.append(Stream.of(type.getRecordComponents())
                    .map(c -> name(c.getAnnotatedType(), c.getGenericType()) + " " + c.getName())
                    .collect(joining(", ", "(", ")")));
        }
        Class<?> parent = type.getSuperclass();
        if (parent != null && parent != Object.class && parent != Record.class && parent != Enum.class) {
            line.append(" extends ").append(name(type.getGenericSuperclass()));
        }
        if (type.getInterfaces().length > 0) {
            line.append(type.isInterface() ? " extends " : " implements ");
            line.append(names(type.getGenericInterfaces()));
        }
        if (type.isSealed() && !type.isEnum()) {
            line.append(" permits ");
            line.append(Stream.of(type.getPermittedSubclasses())
                    .map(Class::getName)
                    .sorted()
                    .collect(joining(", ")));
        }
        return line.toString();
    }

    private static String kind(Class<?> type) {
        if (type.isAnnotation()) {
            return "@interface";
        }
        if (type.isInterface()) {
            return "interface";
        }
        return type.isEnum() ? "enum" : type.isRecord() ? "record" : "class";
    }

    static List<String> membersOf(Class<?> type) {
        List<String> members = new ArrayList<>();
        for (Field field : type.getDeclaredFields()) {
            if (isTold(field)) {
                members.add(of(field));
            }
        }
        for (Constructor<?> constructor : type.getDeclaredConstructors()) {
            if (isTold(constructor)) {
                members.add(of(constructor));
            }
        }
        methodsOf(type).filter(ApiSignature::isTold).map(m -> of(type, m)).forEach(members::add);
        return members.stream().distinct().sorted().toList();
    }

    /** With what is inherited from parents that cannot be seen: users call it as the class's own. */
    private static Stream<Method> methodsOf(Class<?> type) {
        Stream<Method> own = Arrays.stream(type.getDeclaredMethods()).filter(m -> !isGivenByTheLanguage(type, m));
        Class<?> parent = type.getSuperclass();
        return parent == null || isVisible(parent) ? own : Stream.concat(own, methodsOf(parent));
    }

    private static boolean isGivenByTheLanguage(Class<?> type, Method method) {
        return OF_EVERY_OBJECT.contains(method.getName())
                || (type.isEnum() && Set.of("values", "valueOf").contains(method.getName()));
    }

    private static boolean isTold(Member member) {
        return isVisible(member.getModifiers()) && !member.isSynthetic();
    }

    private static String of(Field field) {
        if (field.isEnumConstant()) {
            return deprecated(field) + field.getName();
        }
        return deprecated(field) + words(field.getModifiers() & TOLD)
                + name(field.getAnnotatedType(), field.getGenericType()) + " " + field.getName();
    }

    private static String of(Constructor<?> constructor) {
        return deprecated(constructor)
                + words(constructor.getModifiers() & TOLD)
                + constructor.getDeclaringClass().getSimpleName()
                + parameters(constructor)
                + exceptions(constructor);
    }

    private static String of(Class<?> type, Method method) {
        int modifiers = method.getModifiers() & TOLD;
        if (type.isInterface()) {
            modifiers &= ~(Modifier.PUBLIC | Modifier.ABSTRACT);
        }
        String typeParameters = typeParameters(method);
        return deprecated(method) + words(modifiers) + (method.isDefault() ? "default " : "")
                + (typeParameters.isEmpty() ? "" : typeParameters + " ")
                + name(method.getAnnotatedReturnType(), method.getGenericReturnType()) + " " + method.getName()
                + parameters(method) + exceptions(method);
    }

    private static String parameters(Executable executable) {
        Type[] types = executable.getGenericParameterTypes();
        AnnotatedType[] annotated = executable.getAnnotatedParameterTypes();
        return IntStream.range(0, types.length)
                .mapToObj(i -> executable.isVarArgs() && i == types.length - 1
                        ? name(annotated[i], types[i]).replaceFirst("\\[]$", "...")
                        : name(annotated[i], types[i]))
                .collect(joining(", ", "(", ")"));
    }

    private static String exceptions(Executable executable) {
        Type[] types = executable.getGenericExceptionTypes();
        return types.length == 0 ? "" : " throws " + names(types);
    }

    private static String typeParameters(GenericDeclaration declaration) {
        TypeVariable<?>[] variables = declaration.getTypeParameters();
        if (variables.length == 0) {
            return "";
        }
        return Stream.of(variables)
                .map(v -> Arrays.equals(v.getBounds(), new Type[] {Object.class})
                        ? v.getName()
                        : v.getName() + " extends "
                                + Stream.of(v.getBounds())
                                        .map(ApiSignature::name)
                                        .collect(joining(" & ")))
                .collect(joining(", ", "<", ">"));
    }

    private static String names(Type[] types) {
        return Stream.of(types).map(ApiSignature::name).collect(joining(", "));
    }

    private static String name(AnnotatedType annotated, Type type) {
        return (annotated.isAnnotationPresent(Nullable.class) ? "@Nullable " : "") + name(type);
    }

    private static String name(Type type) {
        return type.getTypeName().replaceAll("\\bjava\\.lang\\.(?=[A-Z])", "");
    }

    private static String deprecated(AnnotatedElement element) {
        return element.isAnnotationPresent(Deprecated.class) ? "@Deprecated " : "";
    }

    private static String words(int modifiers) {
        return modifiers == 0 ? "" : Modifier.toString(modifiers) + " ";
    }
}
