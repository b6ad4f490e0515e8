package dev.reversetunnel.runner;

import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * What SIGTERM and SIGINT do. By themselves they would end the JVM with 143 or 130, where those who know V2Ray and Xray
 * expect 0, and a second one would do nothing.
 *
 * <p>{@code sun.misc.Signal} is the JDK's only way to hear them; it is asked for by name, since the compiler warns of
 * it. Where it is not to be had ({@code -Xrs}, another JVM), a shutdown hook does what it can.
 */
final class Signals {
    private static final List<String> NAMES = List.of("TERM", "INT");
    private static final int FIRST_OF_SIGNALS = 128;

    private Signals() {}

    /**
     * Sets it up.
     *
     * @param stop ends the program in good order, by the first signal; a second one ends it at once
     */
    static void handle(Runnable stop) {
        AtomicBoolean stopping = new AtomicBoolean();
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object ours = Proxy.newProxyInstance(
                    Signals.class.getClassLoader(), new Class<?>[] {handler}, (proxy, method, args) -> {
                        if (method.getName().equals("handle")) {
                            heard(signal.getMethod("getNumber"), args[0], stopping, stop);
                            return null;
                        }
                        return method.invoke(stop, args); // equals() and the like
                    });
            for (String name : NAMES) {
                signal.getMethod("handle", signal, handler)
                        .invoke(null, signal.getConstructor(String.class).newInstance(name), ours);
            }
        } catch (ReflectiveOperationException | IllegalArgumentException e) {
            Runtime.getRuntime().addShutdownHook(new Thread(stop, "stop"));
        }
    }

    private static void heard(Method number, Object signal, AtomicBoolean stopping, Runnable stop)
            throws ReflectiveOperationException {
        if (stopping.compareAndSet(false, true)) {
            stop.run();
        } else {
            Runtime.getRuntime().halt(FIRST_OF_SIGNALS + (int) number.invoke(signal));
        }
    }
}
