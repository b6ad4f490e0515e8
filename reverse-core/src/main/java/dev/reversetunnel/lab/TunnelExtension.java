package dev.reversetunnel.lab;

import dev.reversetunnel.Bridge;
import dev.reversetunnel.Inbound;
import dev.reversetunnel.Outbound;
import dev.reversetunnel.Portal;
import dev.reversetunnel.Request;
import dev.reversetunnel.TunnelException;
import dev.reversetunnel.TunnelListener;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * For JUnit 5 and newer: a portal and a bridge with a bad network between them, and a look, at the end, at what is left
 * of them.
 *
 * <pre>{@code
 * class ShopThroughTunnelTest {
 *     private static final UUID ID = UUID.randomUUID();
 *     private final HttpServer shop = ...;
 *
 *     @RegisterExtension
 *     final TunnelExtension tunnel = TunnelExtension.carriedBy(
 *                     Vmess.server(0).user("shop", ID), port -> Vmess.client("127.0.0.1", port).user(ID))
 *             .bridge(bridge -> bridge.forward("127.0.0.1", shop.getAddress().getPort()));
 *
 *     @Test
 *     void a_customer_is_served_again_after_the_tunnel_was_cut(Portal portal, FaultProxy line) {
 *         line.cut();
 *         ... portal.port("visitors") ...
 *     }
 * }
 * }</pre>
 *
 * <p>A test may have parameters of the types {@link Portal}, {@link Bridge} and {@link FaultProxy}. The pair is started
 * when the first of them is asked for, also by {@link #portal()}, {@link #bridge()} or {@link #line()}: what the bridge
 * leads to may thus be started in {@code @BeforeEach}. The portal listens on free ports of loopback: {@code tunnels},
 * and {@code visitors}.
 *
 * <p>In a field each test has a pair of its own; in a static field all tests of the class share one, and the network is
 * well again for each. At the end, behind {@code @AfterEach} or {@code @AfterAll}, the network is made well, and what
 * {@link Leftovers} finds fails the test; not one that has failed already. All visitors must be gone by then. Tests
 * with this must not run beside others in the same JVM.
 */
public final class TunnelExtension
        implements BeforeAllCallback, BeforeEachCallback, AfterEachCallback, AfterAllCallback, ParameterResolver {
    private static final int TOLD_REQUESTS = 5;

    private final Inbound server;
    private final IntFunction<? extends Outbound> client;
    private final Deque<String> requests = new ArrayDeque<>();
    private Consumer<Portal.Builder> portalSettings = builder -> builder.listener(new LastRequests());
    private Consumer<Bridge.Builder> bridgeSettings = builder -> {};
    private long seed = 1;
    private Duration patience = Duration.ofSeconds(3);
    private Leftovers.Kind[] tolerated = {};
    private boolean ofTheClass;
    private @Nullable Leftovers watch;
    private @Nullable TunnelPair pair;

    private TunnelExtension(Inbound server, IntFunction<? extends Outbound> client) {
        this.server = server;
        this.client = client;
    }

    /**
     * Needs a carrier, of whatever protocol.
     *
     * @param server where the bridge comes in, at port 0: {@code Vmess.server(0).user("shop", id)}
     * @param client how it gets there: {@code port -> Vmess.client("127.0.0.1", port).user(id)}
     * @return the extension, to be set further, at least by {@link #bridge(Consumer)}
     */
    public static TunnelExtension carriedBy(Inbound server, IntFunction<? extends Outbound> client) {
        return new TunnelExtension(server, client);
    }

    /**
     * Adds to the portal: more ports, rules, a clock.
     *
     * @param settings called before it starts
     * @return this
     */
    public TunnelExtension portal(Consumer<Portal.Builder> settings) {
        portalSettings = portalSettings.andThen(settings);
        return this;
    }

    /**
     * Adds to the bridge. Must say what visitors reach: by {@code forward}, {@code serve} or {@code reach}.
     *
     * @param settings called before it starts
     * @return this
     */
    public TunnelExtension bridge(Consumer<Bridge.Builder> settings) {
        bridgeSettings = bridgeSettings.andThen(settings);
        return this;
    }

    /**
     * Sets the seed of what is random on the line. Default: 1.
     *
     * @param random any number
     * @return this
     */
    public TunnelExtension seed(long random) {
        seed = random;
        return this;
    }

    /**
     * Sets how long to wait, at the end, for what is just ending. Default: 3 s.
     *
     * @param most not negative
     * @return this
     */
    public TunnelExtension patience(Duration most) {
        Faults.nanos("patience", most);
        patience = most;
        return this;
    }

    /**
     * Sets what may be left. Default: nothing.
     *
     * @param kinds such as {@link Leftovers.Kind#BUFFER}, where a watch over each buffer is too slow
     * @return this
     */
    public TunnelExtension tolerate(Leftovers.Kind... kinds) {
        tolerated = kinds.clone();
        return this;
    }

    /**
     * The portal; starts the pair if it does not run yet.
     *
     * @return the portal, which a test may close or drain as well
     */
    public Portal portal() {
        return pair().portal();
    }

    /**
     * The bridge; starts the pair if it does not run yet.
     *
     * @return the bridge, which a test may close or drain as well
     */
    public Bridge bridge() {
        return pair().bridge();
    }

    /**
     * The network between the two; starts the pair if it does not run yet.
     *
     * @return the proxy, whose clients are the bridge's tunnels, and whose target is the portal
     */
    public FaultProxy line() {
        return pair().line();
    }

    private synchronized TunnelPair pair() {
        if (watch == null) {
            throw new IllegalStateException("no test is running (expected: a field with @RegisterExtension)");
        }
        if (pair == null) {
            try {
                pair = TunnelPair.start(
                        new TunnelPair.Plan(server, client, portalSettings, bridgeSettings, seed), watch);
            } catch (TunnelException e) {
                throw new IllegalStateException("the tunnel does not start: " + e.getMessage(), e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted while the tunnel was starting", e);
            }
        }
        return pair;
    }

    // ---- called by JUnit ----

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext test) {
        Class<?> type = parameter.getParameter().getType();
        return type == Portal.class || type == Bridge.class || type == FaultProxy.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext test) {
        Class<?> type = parameter.getParameter().getType();
        return type == Portal.class ? portal() : type == Bridge.class ? bridge() : line();
    }

    @Override
    public void beforeAll(ExtensionContext test) {
        ofTheClass = true;
        begin();
    }

    @Override
    public void beforeEach(ExtensionContext test) {
        if (!ofTheClass) {
            begin();
        }
    }

    @Override
    public void afterEach(ExtensionContext test) {
        if (!ofTheClass) {
            end(test);
        } else if (pair != null) {
            pair.line().clear();
            pair.line().resetForgotten();
        }
    }

    @Override
    public void afterAll(ExtensionContext test) {
        end(test);
    }

    private synchronized void begin() {
        watch = Leftovers.watch(tolerated);
    }

    private synchronized void end(ExtensionContext test) {
        Leftovers watched = watch;
        TunnelPair started = pair;
        watch = null;
        pair = null;
        if (watched == null) {
            return;
        }
        if (started != null) {
            started.line().clear();
            started.line().resetForgotten();
        }
        try {
            watched.check(patience, started == null ? () -> {} : started.line()::close);
        } catch (AssertionError left) {
            if (test.getExecutionException().isEmpty()) {
                throw new AssertionError(
                        test.getDisplayName() + ' ' + left.getMessage() + "\n  the last requests: " + requests(), left);
            }
        }
    }

    private String requests() {
        synchronized (requests) {
            return requests.isEmpty() ? "none" : String.join(", ", requests);
        }
    }

    /** Says whose session may be left. */
    private final class LastRequests implements TunnelListener {
        @Override
        public void requestRouted(Request request, String outbound) {
            synchronized (requests) {
                if (requests.size() == TOLD_REQUESTS) {
                    requests.remove();
                }
                requests.add(request.destination() + " from " + request.source());
            }
        }
    }
}
