package dev.reversetunnel.tls;

/** A version of TLS. Older ones are not offered. */
public enum TlsVersion {
    /**
     * TLS 1.2, of 2008. Cannot carry the end of one direction alone: whoever hears of one has to close at once and
     * throw away what he still wanted to say. So the end of our output is told when the connection closes, and not
     * before.
     *
     * @see <a href="https://www.rfc-editor.org/rfc/rfc5246#section-7.2.1">RFC 5246, 7.2.1</a>
     */
    TLS_1_2("TLSv1.2"),

    /**
     * TLS 1.3, of 2018.
     *
     * @see <a href="https://www.rfc-editor.org/rfc/rfc8446#section-6.1">RFC 8446, 6.1</a>
     */
    TLS_1_3("TLSv1.3");

    private final String word;

    TlsVersion(String word) {
        this.word = word;
    }

    /** Its name in Java. */
    String word() {
        return word;
    }
}
