package dev.reversetunnel.contract;

import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;
import static org.awaitility.Awaitility.await;

import dev.reversetunnel.Bridge;
import dev.reversetunnel.Inbound;
import dev.reversetunnel.Outbound;
import dev.reversetunnel.Portal;
import dev.reversetunnel.ReverseTunnel;
import dev.reversetunnel.TunnelException;
import dev.reversetunnel.carrier.ProtocolServer;
import dev.reversetunnel.peers.Client;
import dev.reversetunnel.peers.Client.End;
import dev.reversetunnel.peers.Client.Transfer;
import dev.reversetunnel.peers.DatagramClient;
import dev.reversetunnel.peers.DatagramOrigin;
import dev.reversetunnel.peers.Origin;
import dev.reversetunnel.peers.Ports;
import dev.reversetunnel.peers.Rounds;
import java.io.InputStream;
import java.net.Socket;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.function.IntFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What a user gets of a carrier, whichever it is and whatever is below it. */
@ParameterizedClass
@EnumSource(Carriage.class)
@TestInstance(TestInstance.Lifecycle.PER_METHOD)
abstract class CarrierContract {
    /** Of one transfer in one direction; {@code -Dinterop.bytes} sets another number. */
    private static final long BYTES = Long.getLong("interop.bytes", 256L << 20);

    /** What may be under way between a sender and a reader who has stopped: the buffers of four sockets, no more. */
    private static final long UNDER_WAY = 48L << 20;

    /** Where nobody shall see what was wrong, strangers wait for this. */
    private static final Duration HANDSHAKE = Duration.ofSeconds(1);

    private static final long SEED = 20_261_121;

    @Parameter
    Carriage carriage;

    private final Carrier carrier;
    private final Origin origin = Origin.start(Ports.free());

    CarrierContract(Carrier carrier) {
        this.carrier = carrier;
    }

    @AfterEach
    void closeTheOrigin() {
        origin.close();
    }

    private UserRoad open() throws Exception {
        Carriage.Ends ends = carriage.ends();
        return UserRoad.open(carrier.server(ends.server()), port -> carrier.client(port, ends.client()), origin);
    }

    private UserRoad openToStrangers(Carriage.Ends ends, IntFunction<Outbound> client) throws Exception {
        return UserRoad.open(serverForStrangers(ends), client, origin);
    }

    private ProtocolServer<?> serverForStrangers(Carriage.Ends ends) {
        ProtocolServer<?> server = carrier.server(ends.server());
        return ends.server().isRaw() ? server.handshakeTimeout(HANDSHAKE) : server;
    }

    // ---- what is asked for ----

    @Test
    void bytes_come_back_as_they_were_sent() throws Exception {
        try (UserRoad road = open();
                Socket visitor = Client.connect(road.port())) {
            then(Client.echo(visitor, "one")).isEqualTo("one");
            then(Client.echo(visitor, "a second time")).isEqualTo("a second time");
        }
    }

    @Test
    void a_great_download_arrives_whole() throws Exception {
        try (UserRoad road = open()) {
            then(Client.download(road.port(), BYTES, SEED))
                    .isEqualTo(new Transfer(BYTES, Client.sha256(BYTES, SEED), End.CLEAN));
        }
    }

    @Test
    void a_great_upload_arrives_whole() throws Exception {
        try (UserRoad road = open()) {
            then(Client.upload(road.port(), BYTES, SEED)).isEqualTo(Client.sha256(BYTES, SEED));
        }
    }

    @Test
    void an_origin_that_speaks_first_is_heard() throws Exception {
        try (Origin speaker = Origin.speakingFirst(100_000, SEED)) {
            Carriage.Ends ends = carriage.ends();
            try (UserRoad road = UserRoad.open(
                            carrier.server(ends.server()), port -> carrier.client(port, ends.client()), speaker);
                    Socket visitor = Client.connect(road.port())) {
                then(Client.readToEnd(visitor))
                        .isEqualTo(new Transfer(100_000, Client.sha256(100_000, SEED), End.CLEAN));
            }
        }
    }

    @Test
    void datagrams_come_back_one_by_one() throws Exception {
        try (DatagramOrigin echo = DatagramOrigin.beside(origin);
                UserRoad road = open();
                DatagramClient visitor = DatagramClient.open();
                DatagramClient other = DatagramClient.open()) {
            if (!carrier.carriesDatagrams(carriage)) {
                visitor.send(road.port(), new byte[] {1});
                await().until(() -> road.failedRequests() == 1);
                then(echo.received()).isZero();
                return;
            }
            for (int size = 1; size <= 1_400; size += 33) {
                byte[] payload = new byte[size];
                Arrays.fill(payload, (byte) size);
                visitor.send(road.port(), payload);
                then(visitor.receive()).isEqualTo(payload);
            }
            then(other.exchange(road.port(), "somebody else")).isEqualTo("somebody else");
            then(visitor.exchange(road.port(), "still here")).isEqualTo("still here");
            then(echo.sources()).as("a socket for each visitor").hasSize(2);
        }
    }

    @Test
    void a_tunnel_is_registered_and_carries_streams_and_datagrams() throws Exception {
        Carriage.Ends ends = carriage.ends();
        try (DatagramOrigin echo = DatagramOrigin.beside(origin);
                Portal portal = ReverseTunnel.portal("portal")
                        .domain("reverse.test.internal")
                        .listen("tunnels", carrier.server(ends.server()))
                        .listen(Inbound.port(0).address("127.0.0.1").tcpAndUdp())
                        .start();
                Bridge bridge = ReverseTunnel.bridge("bridge")
                        .domain("reverse.test.internal")
                        .connect(carrier.client(portal.port("tunnels"), ends.client()))
                        .forward("127.0.0.1", echo.port())
                        .start()) {
            if (!carrier.carriesTunnels()) {
                thenThrownBy(() -> bridge.awaitReady(Duration.ofSeconds(2))).isInstanceOf(TunnelException.class);
                then(portal.snapshot().tunnels()).isEmpty();
                return;
            }
            bridge.awaitReady(Duration.ofSeconds(10));
            Rounds.tcp(portal.port("visitors"));
            Rounds.udp(portal.port("visitors"));
        }
    }

    // ---- ends ----

    @Test
    void a_reader_that_stops_stops_the_sender_and_gets_everything_later() throws Exception {
        long size = UNDER_WAY * 2;
        try (UserRoad road = open();
                Socket visitor = Client.connect(road.port())) {
            Client.askForDownload(visitor, size, SEED);
            await().until(() -> origin.open() == 1);
            long sent = whenNoMoreMoves();
            then(sent).isLessThan(UNDER_WAY);

            then(Client.readToEnd(visitor)).isEqualTo(new Transfer(size, Client.sha256(size, SEED), End.CLEAN));
        }
    }

    /** What the origin has got rid of when two looks in a row see the same. */
    private long whenNoMoreMoves() {
        long[] seen = {-1};
        await().pollInterval(Duration.ofMillis(300)).until(() -> {
            long before = seen[0];
            seen[0] = origin.bytesSent();
            return seen[0] > 0 && seen[0] == before;
        });
        return seen[0];
    }

    @Test
    void a_visitor_who_has_ended_his_input_still_gets_the_answer() throws Exception {
        try (UserRoad road = open();
                Socket visitor = Client.connect(road.port())) {
            byte[] question = new byte[200_000];
            question[0] = 'E';
            visitor.getOutputStream().write(question);
            visitor.shutdownOutput();

            Transfer answer = Client.readToEnd(visitor);
            if (carrier.halfCloses(carriage.halfCloses())) {
                then(answer.bytes()).isEqualTo(question.length);
                then(answer.end()).isEqualTo(End.CLEAN);
            } else {
                // What cannot end alone ends as a whole: but never so that a part of the answer passes for all of it.
                then(answer.end() == End.RESET || answer.bytes() == question.length)
                        .as("%s", answer)
                        .isTrue();
            }
        }
    }

    @Test
    void a_reset_of_the_origin_is_a_reset_for_the_visitor() throws Exception {
        try (UserRoad road = open()) {
            then(Client.askForReset(road.port())).isEqualTo(End.RESET);
        }
    }

    @Test
    void a_visitor_who_goes_is_gone_at_the_origin_too() throws Exception {
        try (UserRoad road = open()) {
            try (Socket visitor = Client.connect(road.port())) {
                Client.echo(visitor, "here");
                then(origin.open()).isEqualTo(1);
            }
            await().until(() -> origin.open() == 0);
            try (Socket visitor = Client.connect(road.port())) {
                Client.askForDownload(visitor, BYTES, SEED);
                InputStream input = visitor.getInputStream();
                then(input.read()).isNotNegative();
                visitor.setSoLinger(true, 0);
            }
            await().until(() -> origin.open() == 0);
        }
    }

    @Test
    void a_refused_origin_is_a_reset() throws Exception {
        try (UserRoad road = open()) {
            origin.stopListening();
            Transfer answer = Client.knock(road.port(), 'G');
            then(answer.bytes()).isZero();
            then(answer.end()).isEqualTo(End.RESET);
        }
    }

    @Test
    void a_server_that_goes_in_the_middle_is_a_reset() throws Exception {
        UserRoad road = open();
        try (road;
                Socket visitor = Client.connect(road.port())) {
            Client.askForDownload(visitor, BYTES, SEED);
            visitor.getInputStream().readNBytes(100_000);
            road.closeFarEnd();
            Transfer rest = Client.readToEnd(visitor);
            then(rest.bytes()).isLessThan(BYTES - 100_000);
            then(rest.end()).isEqualTo(End.RESET);
        }
    }

    // ---- strangers ----

    @Test
    void somebody_with_a_wrong_key_gets_not_a_byte() throws Exception {
        Carriage.Ends ends = carriage.ends();
        try (UserRoad road = openToStrangers(ends, port -> carrier.stranger(port, ends.client()))) {
            thenIsSentAway(road, Client.knock(road.port(), 'G'), 0);
        }
    }

    @Test
    void an_opening_that_comes_again_gets_not_a_byte() throws Exception {
        Carriage.Ends ends = carriage.ends();
        Tapping tapping = new Tapping(ends.client());
        ProtocolServer<?> server = serverForStrangers(ends);
        int[] serverPort = {0};
        try (UserRoad road = UserRoad.open(
                server,
                port -> {
                    serverPort[0] = port;
                    return carrier.client(port, tapping);
                },
                origin)) {
            try (Socket visitor = Client.connect(road.port())) {
                then(Client.echo(visitor, "first")).isEqualTo("first");
            }
            await().until(() -> origin.open() == 0);
            then(tapping.written()).isNotEmpty();
            try (ReverseTunnel again = UserRoad.clientOnly(
                    Tapping.sending(tapping.written(), serverPort[0], ends.client()), origin.port())) {
                if (carrier.forbidsReplay()) {
                    thenIsSentAway(road, Client.knock(again.port("visitors")), 1);
                    return;
                }
                try (Socket visitor = Client.connect(again.port("visitors"))) {
                    await().until(() -> origin.accepted() == 2);
                    then(visitor.isConnected()).isTrue();
                }
            }
        }
    }

    @Test
    void noise_gets_not_a_byte() throws Exception {
        byte[] noise = new byte[777];
        new Random(SEED).nextBytes(noise);
        noise[0] = 5; // no version of anything
        Carriage.Ends ends = carriage.ends();
        try (UserRoad road = openToStrangers(ends, port -> Tapping.sending(noise, port, ends.client()))) {
            thenIsSentAway(road, Client.knock(road.port()), 0);
        }
    }

    private void thenIsSentAway(UserRoad road, Transfer answer, int reached) {
        then(answer.bytes()).isZero();
        then(origin.accepted()).isEqualTo(reached);
        await().until(() -> road.refused() > 0);
    }
}
