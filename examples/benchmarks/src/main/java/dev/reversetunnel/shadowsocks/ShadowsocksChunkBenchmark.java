package dev.reversetunnel.shadowsocks;

import dev.reversetunnel.benchmarks.ChunkHandlers;
import dev.reversetunnel.body.BodyDecoder;
import dev.reversetunnel.body.BodyEncoder;
import dev.reversetunnel.body.ChunkReader;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/** The chunks of Shadowsocks 2022, behind the headers. Each is two calls of a cipher, one of them for its length. */
@SuppressWarnings("NullAway.Init") // JMH fills in the parameters, then calls open()
public class ShadowsocksChunkBenchmark extends ChunkHandlers {
    /** What one write brings. */
    @Param({"64", "2048", "16368"})
    public int bytes;

    @Param({"BLAKE3_AES_128_GCM_2022", "BLAKE3_AES_256_GCM_2022"})
    public ShadowsocksMethod method;

    @Setup
    public void open() {
        UserKey key = UserKey.of(method, "password", method.newPassword());
        byte[] salt = new byte[method.saltBytes()];
        StreamOpener opener = new StreamOpener(method, new StreamCipher(method, key, salt, null));
        open(
                new BodyEncoder(new Chunks(method, new StreamCipher(method, key, salt, null))),
                new BodyDecoder(new ChunkReader(opener, false), null, failure -> {}),
                bytes);
    }

    /** Without the headers in front of the first chunk. */
    private static final class Chunks extends StreamSealer {
        Chunks(ShadowsocksMethod method, StreamCipher cipher) {
            super(method, cipher);
        }

        @Override
        int begin(byte[] plain, int offset, int size, byte[] out, int outOffset) {
            return chunk(plain, offset, size, out, outOffset);
        }
    }
}
