package dev.reversetunnel.interop;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A network of the kernel's own: this machine, a router with a NAT, and a private network behind it, by namespaces,
 * pairs of veth, nftables and conntrack. Needs root, and Linux with {@code ip}, {@code nft} and {@code conntrack}.
 *
 * <pre>
 * this namespace ─ ADDRESS ─── wan ─ router, NAT ─ lan ─── eth ─ private network
 * </pre>
 */
final class NatNetwork implements AutoCloseable {
    /** This machine, for those behind the NAT. Nobody's: a piece of what is kept for benchmarks of networks. */
    static final String ADDRESS = "198.19.203.1";

    private static final String ROUTER = "198.19.203.2";
    private static final String LAN = "198.19.203.5";
    private static final String INSIDE = "198.19.203.6";

    /**
     * A packet in the middle of a flow that the NAT does not know is dropped, from either side, as by a home router;
     * Linux would take it up again otherwise.
     */
    private static final String RULES = """
            table ip lab {
              chain outward { type nat hook postrouting priority 100; oifname "wan" masquerade; }
              chain through { type filter hook forward priority 0; ct state invalid drop; }
              chain here { type filter hook input priority 0; iifname "wan" drop; }
            }
            """;

    private static final String LOSS =
            "add chain ip lab loss { type filter hook forward priority -10; policy drop; }\n";

    private final String router = "rt-nat-" + ProcessHandle.current().pid();
    private final String inside = "rt-in-" + ProcessHandle.current().pid();
    private final String link = "rt" + ProcessHandle.current().pid() % 1_000_000;

    private NatNetwork() {}

    /**
     * Builds it.
     *
     * @throws IOException if this machine cannot; says which command failed, and why
     */
    static NatNetwork build() throws IOException {
        NatNetwork network = new NatNetwork();
        try {
            network.connect();
            return network;
        } catch (IOException e) {
            network.close();
            throw e;
        }
    }

    private void connect() throws IOException {
        run("conntrack", "--version");
        run("ip", "netns", "add", router);
        run("ip", "netns", "add", inside);
        run("ip", "link", "add", link, "type", "veth", "peer", "name", "wan", "netns", router);
        run("ip", "-n", router, "link", "add", "lan", "type", "veth", "peer", "name", "eth", "netns", inside);
        run("ip", "addr", "add", ADDRESS + "/30", "dev", link);
        run("ip", "-n", router, "addr", "add", ROUTER + "/30", "dev", "wan");
        run("ip", "-n", router, "addr", "add", LAN + "/30", "dev", "lan");
        run("ip", "-n", inside, "addr", "add", INSIDE + "/30", "dev", "eth");
        run("ip", "link", "set", "dev", link, "up");
        run("ip", "-n", router, "link", "set", "dev", "wan", "up");
        run("ip", "-n", router, "link", "set", "dev", "lan", "up");
        run("ip", "-n", inside, "link", "set", "dev", "lo", "up");
        run("ip", "-n", inside, "link", "set", "dev", "eth", "up");
        run("ip", "-n", inside, "route", "add", "default", "via", LAN);
        onRouter("sysctl", "-qw", "net.ipv4.ip_forward=1");
        onRouter("sysctl", "-qw", "net.netfilter.nf_conntrack_tcp_loose=0");
        rule(RULES);
    }

    /** What comes before a command that is to run in the private network. */
    List<String> inside() {
        return List.of("ip", "netns", "exec", inside);
    }

    /** The NAT forgets all flows: what belongs to them is lost from now on, and new ones are as good as ever. */
    void forget() throws IOException {
        onRouter("conntrack", "-F");
    }

    /** Loses all packets, or does not any more. */
    void lose(boolean all) throws IOException {
        rule(all ? LOSS : "delete chain ip lab loss\n");
    }

    private void onRouter(String... command) throws IOException {
        List<String> all = new ArrayList<>(List.of("ip", "netns", "exec", router));
        all.addAll(List.of(command));
        run("", all);
    }

    private void rule(String rules) throws IOException {
        run(rules, List.of("ip", "netns", "exec", router, "nft", "-f", "-"));
    }

    private static void run(String... command) throws IOException {
        run("", List.of(command));
    }

    private static void run(String input, List<String> command) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try {
            process.getOutputStream().write(input.getBytes(StandardCharsets.US_ASCII));
            process.getOutputStream().close();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip();
            if (!process.waitFor(20, TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new IOException(String.join(" ", command) + ": " + said);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        } finally {
            process.destroyForcibly();
        }
    }

    /** With the namespaces go the devices in them, and their other ends. */
    @Override
    public void close() {
        for (List<String> command : List.of(
                List.of("ip", "link", "del", link),
                List.of("ip", "netns", "del", inside),
                List.of("ip", "netns", "del", router))) {
            try {
                run("", command);
            } catch (IOException e) {
                // it had not been made
            }
        }
    }
}
