package dev.reversetunnel.benchmarks;

/** One row of the report. */
enum Metric {
    START_UP("start of both processes to the first answer, s", Worst.HIGHEST),
    START_UP_CPU("CPU s of both until then", Worst.HIGHEST),
    COLD_DOWN("bulk down, 1 stream, first second after that, MiB/s", Worst.LOWEST),
    COLD_P99("ping beside it, p99, ms", Worst.HIGHEST),
    DOWN_1("bulk down, 1 stream, MiB/s"),
    DOWN_8("bulk down, 8 streams, MiB/s"),
    UP_1("bulk up, 1 stream, MiB/s"),
    UP_8("bulk up, 8 streams, MiB/s"),
    CPU_DOWN_1("CPU s per GiB, portal + bridge, down, 1 stream"),
    CPU_UP_1("CPU s per GiB, portal + bridge, up, 1 stream"),
    REQUESTS("keep-alive requests/s, 64 connections"),
    CPU_REQUEST("CPU µs per keep-alive request, portal + bridge"),
    CONNECTIONS("new connections/s, a request each, 64 at a time"),
    CPU_CONNECTION("CPU µs per new connection, portal + bridge"),
    PING_P50("ping-pong of 1 byte, p50, µs"),
    PING_P99("ping-pong of 1 byte, p99, µs"),
    BESIDE_P50("ping beside one bulk download, p50, µs"),
    BESIDE_P99("ping beside one bulk download, p99, µs"),
    RSS_IDLE("RSS without users, portal + bridge, MiB"),
    RSS_SESSION("RSS per idle session of 5,000, portal + bridge, KiB"),
    MEMORY_SESSION("heap + direct memory per idle session of 5,000, a side, KiB"),
    OPENED("idle sessions opened/s, of 5,000, an echo each, 64 at a time"),
    FIRST_P50("first answer of a new connection, one at a time, p50, µs"),
    TUNNEL_P50("first answer by a new tunnel, from before its dial, p50, µs", Worst.HIGHEST),
    TUNNEL_P99("first answer by a new tunnel, from before its dial, p99, µs", Worst.HIGHEST),
    BRIDGE_P50("first answer by a new bridge, from before its start, p50, µs", Worst.HIGHEST);

    /** Which round was the worst one, where the report tells it: what happens once, at a start, has no average. */
    enum Worst {
        HIGHEST,
        LOWEST,
        UNTOLD
    }

    private final String title;
    private final Worst worst;

    Metric(String title) {
        this(title, Worst.UNTOLD);
    }

    Metric(String title, Worst worst) {
        this.title = title;
        this.worst = worst;
    }

    String title() {
        return title;
    }

    Worst worst() {
        return worst;
    }
}
