package dev.reversetunnel.config;

/**
 * Streams, datagrams, or both.
 *
 * @param tcp streams
 * @param udp datagrams
 */
record Networks(boolean tcp, boolean udp) {
    static final Networks TCP = new Networks(true, false);

    /** Reads {@code tcp,udp} or a list; TCP if there is none. */
    static Networks read(Section section, String key) {
        boolean tcp = false;
        boolean udp = false;
        for (Value.Text entry : section.entries(key)) {
            String name = entry.text();
            if (name.equalsIgnoreCase("tcp")) {
                tcp = true;
            } else if (name.equalsIgnoreCase("udp")) {
                udp = true;
            } else {
                section.faults().fault(entry.place(), '"' + name + "\" (expected: \"tcp\", \"udp\" or \"tcp,udp\")");
                tcp = true;
            }
        }
        return tcp || udp ? new Networks(tcp, udp) : TCP;
    }

    boolean meets(Networks other) {
        return (tcp && other.tcp) || (udp && other.udp);
    }

    /** As documents write it. */
    @Override
    public String toString() {
        return tcp && udp ? "tcp,udp" : udp ? "udp" : "tcp";
    }
}
