package dev.reversetunnel.secrets;

import dev.reversetunnel.TunnelListener;
import java.io.PrintStream;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Prints all that can be printed of an object: its text, and the texts of all objects of the library that it leads to.
 */
final class Talkative {
    private static final int MOST = 20_000;

    private final PrintStream out;
    private int said;

    Talkative(PrintStream out) {
        this.out = out;
    }

    /** How many texts were printed. */
    int said() {
        return said;
    }

    /** Prints each event with everything in it. */
    TunnelListener listener() {
        return (TunnelListener) Proxy.newProxyInstance(
                TunnelListener.class.getClassLoader(),
                new Class<?>[] {TunnelListener.class},
                (proxy, method, arguments) -> switch (method.getName()) {
                    case "hashCode" -> System.identityHashCode(proxy);
                    case "equals" -> proxy == arguments[0];
                    case "toString" -> "talkative listener";
                    default -> {
                        out.println(method.getName());
                        for (Object argument : arguments) {
                            say(argument);
                        }
                        yield null;
                    }
                });
    }

    synchronized void say(Object root) {
        Set<Object> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        Deque<Object> next = new ArrayDeque<>();
        next.add(root);
        while (!next.isEmpty() && seen.size() < MOST) {
            Object object = next.remove();
            if (!seen.add(object)) {
                continue;
            }
            if (object instanceof Throwable failure) {
                failure.printStackTrace(out);
                said++;
            }
            if (object.getClass().getName().startsWith("dev.reversetunnel.")) {
                out.println(object);
                said++;
                fields(object, next);
            } else if (object instanceof Collection<?> several) {
                several.forEach(one -> add(one, next));
            } else if (object instanceof Map<?, ?> map) {
                map.values().forEach(one -> add(one, next));
            } else if (object instanceof Object[] several) {
                for (Object one : several) {
                    add(one, next);
                }
            }
        }
    }

    private static void fields(Object object, Deque<Object> next) {
        for (Class<?> type = object.getClass(); type != Object.class; type = type.getSuperclass()) {
            if (!type.getName().startsWith("dev.reversetunnel.")) {
                return;
            }
            for (Field field : type.getDeclaredFields()) {
                if (!field.getType().isPrimitive() && !Modifier.isStatic(field.getModifiers())) {
                    try {
                        field.setAccessible(true);
                        add(field.get(object), next);
                    } catch (IllegalAccessException e) {
                        throw new AssertionError("it was made accessible", e);
                    }
                }
            }
        }
    }

    private static void add(Object value, Deque<Object> next) {
        if (value != null && !(value instanceof Talkative)) {
            next.add(value);
        }
    }
}
