package dev.reversetunnel.tls;

/** Who does the work. */
public enum TlsEngine {
    /** {@link #NATIVE} where it is there, else {@link #JDK}: the default. */
    AUTO,

    /** The JDK. */
    JDK,

    /**
     * BoringSSL, or another library that netty-tcnative brings: add {@code io.netty:netty-tcnative-boringssl-static} to
     * the class path. Takes less time and memory.
     *
     * <p>It cannot write any more once the other end has ended its output, not even in TLS 1.3: an answer that was not
     * written by then is lost, and the other end sees a reset (netty-tcnative 2.0.84). Where visitors half-close
     * connections that no protocol with an end mark of its own carries, prefer {@link #JDK}.
     */
    NATIVE
}
