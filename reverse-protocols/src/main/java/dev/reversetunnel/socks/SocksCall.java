package dev.reversetunnel.socks;

import dev.reversetunnel.net.Destination;
import io.netty.handler.codec.socksx.v5.DefaultSocks5CommandRequest;
import io.netty.handler.codec.socksx.v5.DefaultSocks5InitialRequest;
import io.netty.handler.codec.socksx.v5.DefaultSocks5PasswordAuthRequest;
import io.netty.handler.codec.socksx.v5.Socks5AuthMethod;
import io.netty.handler.codec.socksx.v5.Socks5CommandRequest;
import io.netty.handler.codec.socksx.v5.Socks5CommandType;
import io.netty.handler.codec.socksx.v5.Socks5InitialRequest;
import io.netty.handler.codec.socksx.v5.Socks5PasswordAuthRequest;
import org.jspecify.annotations.Nullable;

/** What a client wants of its proxy, and as whom. */
final class SocksCall {
    private final Socks5CommandType command;
    private final Destination target;
    private final @Nullable String user;
    private final String password;

    private SocksCall(Socks5CommandType command, Destination target, @Nullable String user, String password) {
        this.command = command;
        this.target = target;
        this.user = user;
        this.password = password;
    }

    static SocksCall connect(Destination target, @Nullable String user, String password) {
        return new SocksCall(Socks5CommandType.CONNECT, target, user, password);
    }

    /** RFC 1928, 6: zeros if the client does not know yet what it will send from. */
    static SocksCall associate(@Nullable String user, String password) {
        return new SocksCall(Socks5CommandType.UDP_ASSOCIATE, Destination.udp("0.0.0.0", 0), user, password);
    }

    boolean hasUser() {
        return user != null;
    }

    Socks5InitialRequest greeting() {
        return user == null
                ? new DefaultSocks5InitialRequest(Socks5AuthMethod.NO_AUTH)
                : new DefaultSocks5InitialRequest(Socks5AuthMethod.NO_AUTH, Socks5AuthMethod.PASSWORD);
    }

    Socks5PasswordAuthRequest login() {
        return new DefaultSocks5PasswordAuthRequest(user == null ? "" : user, password);
    }

    Socks5CommandRequest request() {
        return new DefaultSocks5CommandRequest(command, SocksDatagrams.type(target), target.host(), target.port());
    }

    /** What is wanted; never as whom. */
    @Override
    public String toString() {
        return command + " " + target;
    }
}
