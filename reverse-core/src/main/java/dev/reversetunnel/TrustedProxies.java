package dev.reversetunnel;

import io.netty.handler.ipfilter.IpFilterRuleType;
import io.netty.handler.ipfilter.IpSubnetFilterRule;
import io.netty.util.NetUtil;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Whose word on addresses is taken.
 *
 * @param networks those that proxies are in
 */
record TrustedProxies(List<IpSubnetFilterRule> networks) {
    static final TrustedProxies NONE = new TrustedProxies(List.of());

    /** From {@code 10.0.0.0/8}, {@code fd00::/8}, or an address alone. */
    static TrustedProxies of(String... networks) {
        if (networks.length == 0) {
            throw new IllegalArgumentException("proxyProtocol: no address (expected: those of your proxies)");
        }
        return new TrustedProxies(
                Arrays.stream(networks).map(TrustedProxies::network).toList());
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
        return "proxyProtocol: \"" + text + "\" (expected: a network such as 10.0.0.0/8 or fd00::/8, or an IP address)";
    }

    boolean include(@Nullable SocketAddress address) {
        return address instanceof InetSocketAddress inet
                && networks.stream().anyMatch(network -> network.matches(inet));
    }
}
