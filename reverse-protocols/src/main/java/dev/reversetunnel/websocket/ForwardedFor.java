package dev.reversetunnel.websocket;

import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.ipfilter.IpFilterRuleType;
import io.netty.handler.ipfilter.IpSubnetFilterRule;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Whom a proxy speaks for, as it says in {@code X-Forwarded-For}. Anybody may say that, so only proxies in given
 * networks are believed; each adds the address that it sees, so the last one that is no proxy's counts.
 *
 * @param proxies networks; empty if nobody is believed
 */
record ForwardedFor(List<IpSubnetFilterRule> proxies) {
    static final ForwardedFor NOBODY = new ForwardedFor(List.of());

    private static final String HEADER = "X-Forwarded-For";

    static ForwardedFor of(String... networks) {
        if (networks.length == 0) {
            throw new IllegalArgumentException("trustForwardedFor: no address (expected: those of your proxies)");
        }
        return new ForwardedFor(
                Arrays.stream(networks).map(ForwardedFor::network).toList());
    }

    private static IpSubnetFilterRule network(String text) {
        int slash = text.indexOf('/');
        String address = slash < 0 ? text : text.substring(0, slash);
        boolean four = NetUtil.isValidIpV4Address(address);
        try {
            if (four || NetUtil.isValidIpV6Address(address)) { // else Netty would look a name up
                String length = slash < 0 ? four ? "32" : "128" : text.substring(slash + 1);
                return new IpSubnetFilterRule(address, Integer.parseInt(length), IpFilterRuleType.ACCEPT);
            }
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(wrong(text), e);
        }
        throw new IllegalArgumentException(wrong(text));
    }

    private static String wrong(String text) {
        return "trustForwardedFor: \"" + text
                + "\" (expected: a network such as 10.0.0.0/8 or fd00::/8, or an IP address)";
    }

    /** Null if the peer speaks for itself. */
    @Nullable
    InetSocketAddress source(@Nullable InetSocketAddress peer, HttpHeaders headers) {
        if (peer == null || !isProxy(peer)) {
            return null;
        }
        List<String> hops = new ArrayList<>();
        headers.getAll(HEADER).forEach(line -> hops.addAll(Arrays.asList(line.split(",", -1))));
        InetSocketAddress source = null;
        for (int i = hops.size() - 1; i >= 0; i--) {
            InetAddress address =
                    NetUtil.createInetAddressFromIpAddressString(hops.get(i).strip());
            if (address == null) {
                return source; // what stands before it was said by nobody whom we know
            }
            source = new InetSocketAddress(address, 0); // of the port nothing is said
            if (!isProxy(source)) {
                return source;
            }
        }
        return source;
    }

    private boolean isProxy(InetSocketAddress address) {
        return proxies.stream().anyMatch(network -> network.matches(address));
    }
}
