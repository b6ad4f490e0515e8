package dev.reversetunnel.agreement;

import java.util.UUID;

/** A protocol, and the secret by which a client shows who he is. */
public sealed interface Credentials {
    /**
     * The protocol, as people write it.
     *
     * @return for messages
     */
    String protocol();

    /**
     * A VMess user.
     *
     * @param id his secret
     * @param security how our client protects bytes, as programs spell it; a server takes all
     * @param authenticatedLength whether our client seals the lengths of chunks; a server takes both
     */
    record Vmess(UUID id, String security, boolean authenticatedLength) implements Credentials {
        @Override
        public String protocol() {
            return "VMess";
        }

        /** Never the id. */
        @Override
        public String toString() {
            return protocol();
        }
    }

    /**
     * A VLESS user.
     *
     * @param id his secret
     */
    record Vless(UUID id) implements Credentials {
        @Override
        public String protocol() {
            return "VLESS";
        }

        /** Never the id. */
        @Override
        public String toString() {
            return protocol();
        }
    }

    /**
     * A Shadowsocks user.
     *
     * @param method as programs spell it
     * @param password as a client has it: by the edition of 2022, that of the server and a colon before his own if
     *     there are several users
     * @param udp whether datagrams are taken, at the UDP port of the same number
     */
    record Shadowsocks(String method, String password, boolean udp) implements Credentials {
        @Override
        public String protocol() {
            return "Shadowsocks";
        }

        /**
         * Whether it is of the edition of 2022.
         *
         * @return false for that of 2017
         */
        public boolean is2022() {
            return method.startsWith("2022-");
        }

        /** Never the password. */
        @Override
        public String toString() {
            return protocol() + " " + method;
        }
    }
}
