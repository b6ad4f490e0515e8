package dev.reversetunnel.config;

/** The list of {@link UnsupportedKeys}: in which kind of object, key or key=value, what happens, what to do instead. */
final class UnsupportedTables {
    private static final String DOCUMENT = """
            document | stats            | warning | ReverseTunnel.snapshot() counts, always
            document | fakedns          | warning | no made-up addresses are given out
            document | observatory      | warning | nobody is measured; balancers pass over portals without a tunnel
            document | burstObservatory | warning | nobody is measured; balancers pass over portals without a tunnel
            document | metrics          | warning | ReverseTunnel.snapshot() has numbers
            document | browserForwarder | error   | no browser; take a client without it
            document | geodata          | warning | files are read once, when the node is made
            document | env              | warning | set the variables before the program starts
            document | version          | warning | it says which versions of Xray may read the document
            document | services         | error   | the form of V2Ray 4, which V2Ray 5 reads as well
            document | multiObservatory | warning | nobody is measured
            document | remarks          | warning | it is for people
            log | dnsLog      | warning | look-ups are not logged
            log | maskAddress | warning | addresses are logged as they are; let SLF4J's backend mask them
            api | listen      | warning | nobody answers
            api | services    | warning | nobody answers
            dns | servers                | warning | names are looked up by the system
            dns | clientIp               | warning | names are looked up by the system
            dns | queryStrategy          | warning | names are looked up by the system
            dns | disableCache           | warning | names are looked up by the system
            dns | disableFallback        | warning | names are looked up by the system
            dns | disableFallbackIfMatch | warning | names are looked up by the system
            dns | serveStale             | warning | names are looked up by the system
            dns | serveExpiredTTL        | warning | names are looked up by the system
            dns | enableParallelQuery    | warning | names are looked up by the system
            dns | useSystemHosts         | warning | names are looked up by the system
            dns | fakedns                | warning | no made-up addresses are given out
            dns | domainMatcher          | warning | names are looked up by the system
            dns | tag                    | warning | names are looked up by the system, past the rules
            system policy | statsInboundUplink    | warning | ReverseTunnel.snapshot() counts, always
            system policy | statsInboundDownlink  | warning | ReverseTunnel.snapshot() counts, always
            system policy | statsOutboundUplink   | warning | ReverseTunnel.snapshot() counts, always
            system policy | statsOutboundDownlink | warning | ReverseTunnel.snapshot() counts, always
            system policy | overrideAccessLogDest | warning | the access log has where a request goes, a name that was sniffed included
            level policy | statsUserUplink   | warning | ReverseTunnel.snapshot() counts, always
            level policy | statsUserDownlink | warning | ReverseTunnel.snapshot() counts, always
            level policy | statsUserOnline   | warning | ReverseTunnel.snapshot() counts, always
            level policy | bufferSize        | warning | queues are bounded by MuxOptions
            """;

    private static final String PARTS = """
            inbound | allocate             | error   | name all ports in "port", which are then open all the time
            inbound | protocol=trojan      | error   | vless with TLS
            inbound | protocol=wireguard   | error   | a tunnel of the system, or vless with TLS
            inbound | protocol=hysteria    | error   | vless with TLS
            inbound | protocol=hysteria2   | error   | vless with TLS
            inbound | protocol=tun         | error   | a SOCKS5 proxy, and a program that turns TUN into SOCKS5
            inbound | protocol=mtproto     | error   | no Telegram here; put its proxy behind a tunnel
            outbound | protocol=trojan     | error   | vless with TLS
            outbound | protocol=wireguard  | error   | a tunnel of the system, or vless with TLS
            outbound | protocol=hysteria   | error   | vless with TLS
            outbound | protocol=hysteria2  | error   | vless with TLS
            outbound | protocol=dns        | error   | freedom to a name server
            outbound | protocol=loopback   | error   | rules that lead to the outbound at once
            outbound | protocol=mtproto    | error   | no Telegram here
            outbound | targetStrategy      | error   | "domainStrategy" of a freedom outbound; servers are given names as they are
            outbound | domainStrategy      | error   | "domainStrategy" in the settings of a freedom outbound
            outbound | smux                | error   | nothing: a tunnel carries many sessions as it is
            mux | xudpConcurrency | warning | connections are not shared
            mux | xudpProxyUDP443 | warning | connections are not shared
            mux | packetEncoding  | warning | connections are not shared
            mux | only            | warning | connections are not shared
            sniffing | destOverride=quic           | warning | QUIC's first packet is encrypted, and not looked into
            sniffing | destOverride=fakedns        | warning | no made-up addresses are given out
            sniffing | destOverride=fakedns+others | warning | no made-up addresses are given out
            sniffing | ipsExcluded                 | error   | "routeOnly", or no "destOverride"
            routing | domainMatcher          | warning | all patterns are found by one fast way
            routing settings | domainMatcher | warning | all patterns are found by one fast way
            rule | domainMatcher | warning | all patterns are found by one fast way
            rule | attrs         | error   | Rule.when(...) in code, where HTTP's headers are not known either; else a web server behind it
            rule | process       | error   | Rule.when(...) in code
            rule | vlessRoute    | error   | users of their own, and "user"
            rule | webhook       | error   | a TunnelListener in code
            rule | protocol=quic | warning | QUIC's first packet is encrypted, and not looked into
            rule | type=chinaip    | error | "type": "field" and "ip": ["geoip:cn"]
            rule | type=chinasites | error | "type": "field" and "domain": ["geosite:cn"]
            balancer strategy | type=leastping | error   | "random", "roundRobin" or "leastLoad": nobody is measured
            balancer strategy | settings       | warning | the outbound with the fewest sessions is taken; nobody is measured
            balancer | optimalSettings         | error   | "strategy" with "type": "random", "roundRobin" or "leastLoad"
            """;

    private static final String STREAMS = """
            streamSettings | network=kcp | error | "tcp"
            streamSettings | network=mkcp | error | "tcp"
            streamSettings | network=http | error | "ws"
            streamSettings | network=h2 | error | "ws"
            streamSettings | network=h3 | error | "ws"
            streamSettings | network=quic | error | "tcp" with "security": "tls"
            streamSettings | network=domainsocket | error | "tcp" at 127.0.0.1
            streamSettings | network=ds | error | "tcp" at 127.0.0.1
            streamSettings | network=grpc | error | "ws"
            streamSettings | network=gun | error | "ws"
            streamSettings | network=xhttp | error | "ws"
            streamSettings | network=splithttp | error | "ws"
            streamSettings | network=httpupgrade | error | "ws"
            streamSettings | network=hysteria | error | "tcp" with "security": "tls"
            streamSettings | network=hysteria2 | error | "tcp" with "security": "tls"
            streamSettings | network=meek | error | "ws"
            streamSettings | network=mekya | error | "ws"
            streamSettings | method=kcp | error | "tcp"
            streamSettings | method=mkcp | error | "tcp"
            streamSettings | method=http | error | "ws"
            streamSettings | method=h2 | error | "ws"
            streamSettings | method=h3 | error | "ws"
            streamSettings | method=quic | error | "tcp" with "security": "tls"
            streamSettings | method=domainsocket | error | "tcp" at 127.0.0.1
            streamSettings | method=ds | error | "tcp" at 127.0.0.1
            streamSettings | method=grpc | error | "ws"
            streamSettings | method=gun | error | "ws"
            streamSettings | method=xhttp | error | "ws"
            streamSettings | method=splithttp | error | "ws"
            streamSettings | method=httpupgrade | error | "ws"
            streamSettings | method=hysteria | error | "tcp" with "security": "tls"
            streamSettings | method=hysteria2 | error | "tcp" with "security": "tls"
            streamSettings | method=meek | error | "ws"
            streamSettings | method=mekya | error | "ws"
            streamSettings | security=reality | error   | "tls" with a certificate of your own
            streamSettings | security=xtls    | error   | "tls"
            streamSettings | finalmask        | error   | nothing below TLS or TCP
            streamSettings | realitySettings  | warning | "security" is not "reality"
            streamSettings | xtlsSettings     | warning | "security" is not "xtls"
            streamSettings | utlsSettings     | warning | a ClientHello looks as Java makes it
            streamSettings | kcpSettings      | warning | "network" is not "kcp"
            streamSettings | httpSettings     | warning | "network" is not "http"
            streamSettings | quicSettings     | warning | "network" is not "quic"
            streamSettings | dsSettings       | warning | "network" is not "domainsocket"
            streamSettings | grpcSettings     | warning | "network" is not "grpc"
            streamSettings | gunSettings      | warning | "network" is not "gun"
            streamSettings | xhttpSettings    | warning | "network" is not "xhttp"
            streamSettings | splithttpSettings   | warning | "network" is not "splithttp"
            streamSettings | httpupgradeSettings | warning | "network" is not "httpupgrade"
            streamSettings | hysteriaSettings | warning | "network" is not "hysteria"
            streamSettings | hy2Settings      | warning | "network" is not "hysteria2"
            transport | kcpSettings           | warning | nothing here takes KCP
            transport | httpSettings          | warning | nothing here takes HTTP/2
            transport | quicSettings          | warning | nothing here takes QUIC
            transport | dsSettings            | warning | nothing here takes Unix sockets
            transport | grpcSettings          | warning | nothing here takes gRPC
            transport | gunSettings           | warning | nothing here takes gRPC
            tcp header | type=http            | error   | "network": "ws", which web servers understand, too
            tcp header | request              | warning | "type" is not "http"
            tcp header | response             | warning | "type" is not "http"
            wsSettings | maxEarlyData         | warning | nothing is sent before the answer
            wsSettings | earlyDataHeaderName  | warning | nothing is sent before the answer
            wsSettings | useBrowserForwarding | error   | no browser; leave it out
            """;

    private static final String LAYERS = """
            client tlsSettings | allowInsecure          | error   | "pinnedPeerCertSha256", or the issuer with "usage": "verify" among "certificates"
            client tlsSettings | allowInsecureCiphers   | error   | nothing: TLS 1.2 and 1.3 with good ciphers
            client tlsSettings | pinnedPeerCertificateChainSha256 | error | "pinnedPeerCertSha256": of the certificate, not of the chain
            client tlsSettings | verifyPeerCertByName   | error   | "serverName" as the certificate has it
            client tlsSettings | verifyPeerCertInNames  | error   | "serverName" as the certificate has it
            client tlsSettings | echConfigList          | error   | TLS without it, which shows the name
            client tlsSettings | echForceQuery          | error   | TLS without it, which shows the name
            client tlsSettings | echSockopt             | warning | no Encrypted Client Hello
            client tlsSettings | rejectUnknownSni       | warning | it is for servers
            client tlsSettings | verifyClientCertificate | warning | it is for servers
            client tlsSettings | echServerKeys          | warning | it is for servers
            server tlsSettings | echServerKeys          | error   | TLS without it, which shows the name
            server tlsSettings | rejectUnknownSni       | warning | the certificate is shown to whoever asks
            server tlsSettings | allowInsecure          | warning | it is for clients
            server tlsSettings | serverName             | warning | it is for clients
            server tlsSettings | pinnedPeerCertSha256   | warning | it is for clients
            server tlsSettings | pinnedPeerCertificateChainSha256 | warning | it is for clients
            server tlsSettings | disableSystemRoot      | warning | it is for clients
            server tlsSettings | verifyPeerCertByName   | warning | it is for clients
            server tlsSettings | echConfigList          | warning | it is for clients
            server tlsSettings | echSockopt             | warning | it is for clients
            client tlsSettings | fingerprint | warning | a ClientHello looks as Java makes it
            client tlsSettings | cipherSuites | warning | Java's are taken
            client tlsSettings | preferServerCipherSuites | warning | Java's order is taken
            client tlsSettings | curvePreferences | warning | Java's curves are taken
            client tlsSettings | enableSessionResumption | warning | sessions are resumed
            client tlsSettings | disableSessionResumption | warning | sessions are resumed
            client tlsSettings | sessionTicketsDisabled | warning | sessions are resumed
            client tlsSettings | masterKeyLog | error | nothing: keys are written nowhere
            client tlsSettings | minVersion=1.0 | warning | 1.2 is the oldest
            client tlsSettings | minVersion=1.1 | warning | 1.2 is the oldest
            client tlsSettings | maxVersion=1.0 | error | 1.2 or 1.3
            client tlsSettings | maxVersion=1.1 | error | 1.2 or 1.3
            server tlsSettings | fingerprint | warning | it is for clients
            server tlsSettings | cipherSuites | warning | Java's are taken
            server tlsSettings | preferServerCipherSuites | warning | Java's order is taken
            server tlsSettings | curvePreferences | warning | Java's curves are taken
            server tlsSettings | enableSessionResumption | warning | sessions are resumed
            server tlsSettings | disableSessionResumption | warning | sessions are resumed
            server tlsSettings | sessionTicketsDisabled | warning | sessions are resumed
            server tlsSettings | masterKeyLog | error | nothing: keys are written nowhere
            server tlsSettings | minVersion=1.0 | warning | 1.2 is the oldest
            server tlsSettings | minVersion=1.1 | warning | 1.2 is the oldest
            server tlsSettings | maxVersion=1.0 | error | 1.2 or 1.3
            server tlsSettings | maxVersion=1.1 | error | 1.2 or 1.3
            certificate | usage=issue     | error   | a certificate for the names that are served
            certificate | buildChain      | warning | the chain is what the file holds
            certificate | ocspStapling    | warning | OCSP is not stapled
            certificate | oneTimeLoading  | warning | files are looked at every minute
            client sockopt | mark | error | a route of the system
            client sockopt | tproxy | error | a SOCKS5 proxy
            client sockopt | interface | error | a route of the system
            client sockopt | bindToDevice | error | a route of the system
            client sockopt | tcpFastOpen | warning | the system decides
            client sockopt | tcpFastOpenQueueLength | warning | the system decides
            client sockopt | tfo | warning | the system decides
            client sockopt | tcpKeepAliveInterval | warning | the system's interval; tunnels have heartbeats of their own
            client sockopt | tcpKeepAliveIdle | warning | the system's time; tunnels have heartbeats of their own
            client sockopt | tcpUserTimeout | warning | tunnels have heartbeats of their own
            client sockopt | tcpcongestion | warning | the system decides
            client sockopt | tcpMaxSeg | warning | the system decides
            client sockopt | tcpWindowClamp | warning | the system decides
            client sockopt | tcpMptcp | warning | plain TCP
            client sockopt | mptcp | warning | plain TCP
            client sockopt | tcpNoDelay | warning | small writes go at once, always
            client sockopt | V6Only | error | "listen" with an IPv6 address
            client sockopt | penetrate | warning | the system decides
            client sockopt | addressPortStrategy | error | "address" and "port" of the server
            client sockopt | happyEyeballs | warning | addresses are tried one after another
            client sockopt | customSockopt | error | the system's settings
            client sockopt | rxBufSize | warning | the system decides
            client sockopt | txBufSize | warning | the system decides
            client sockopt | forceBufSize | warning | the system decides
            server sockopt | mark | error | a route of the system
            server sockopt | tproxy | error | a SOCKS5 proxy
            server sockopt | interface | error | a route of the system
            server sockopt | bindToDevice | error | a route of the system
            server sockopt | tcpFastOpen | warning | the system decides
            server sockopt | tcpFastOpenQueueLength | warning | the system decides
            server sockopt | tfo | warning | the system decides
            server sockopt | tcpKeepAliveInterval | warning | the system's interval; tunnels have heartbeats of their own
            server sockopt | tcpKeepAliveIdle | warning | the system's time; tunnels have heartbeats of their own
            server sockopt | tcpUserTimeout | warning | tunnels have heartbeats of their own
            server sockopt | tcpcongestion | warning | the system decides
            server sockopt | tcpMaxSeg | warning | the system decides
            server sockopt | tcpWindowClamp | warning | the system decides
            server sockopt | tcpMptcp | warning | plain TCP
            server sockopt | mptcp | warning | plain TCP
            server sockopt | tcpNoDelay | warning | small writes go at once, always
            server sockopt | V6Only | error | "listen" with an IPv6 address
            server sockopt | penetrate | warning | the system decides
            server sockopt | addressPortStrategy | error | "address" and "port" of the server
            server sockopt | happyEyeballs | warning | addresses are tried one after another
            server sockopt | customSockopt | error | the system's settings
            server sockopt | rxBufSize | warning | the system decides
            server sockopt | txBufSize | warning | the system decides
            server sockopt | forceBufSize | warning | the system decides
            client sockopt | trustedXForwardedFor | warning | it is for servers
            client sockopt | domainStrategy | error | "domainStrategy" of a freedom outbound; all addresses of a server are tried
            server sockopt | dialerProxy    | warning | it is for clients
            server sockopt | domainStrategy | warning | it is for clients
            server sockopt | trustedXForwardedFor | warning | nobody is believed; WebSocketServer.trustForwardedFor(...) in code names proxies by their networks
            """;

    private static final String PROTOCOLS = """
            inbound settings of dokodemo-door | followRedirect | error   | a SOCKS5 proxy; connections that the kernel redirects are not told where they wanted to go
            inbound settings of dokodemo-door | timeout        | warning | streams may be idle as long as they like
            inbound settings of dokodemo-door | portMap        | error   | an inbound for each port
            inbound settings of vmess | default  | warning | nobody is added while it runs
            inbound settings of vmess | detour   | error   | an inbound for each port, open all the time
            inbound settings of vmess | features | error   | nothing
            vmess user | security    | warning | the client chooses
            vmess user | experiments | warning | the client chooses; a server takes both forms
            vless user | encryption  | warning | "decryption" beside "clients" says it for all
            vless user | seed        | error   | nothing: no flow takes one
            vless user | testseed    | error   | nothing: no flow takes one
            fallback | name | error | a web server behind it that tells names apart
            fallback | alpn | error | a web server behind it that tells ALPN apart
            fallback | path | error | a web server behind it that tells paths apart
            fallback | type | error | "dest" with a port, or host and port
            inbound settings of vless | fallback | error | "fallbacks"
            inbound settings of shadowsocks | ota            | error   | nothing: all methods here authenticate
            inbound settings of shadowsocks | ivCheck        | warning | an opening is never taken twice
            inbound settings of shadowsocks | packetEncoding | warning | datagrams come from one port, whatever their targets
            inbound settings of socks | ip             | warning | the address that the connection has reached is told
            inbound settings of socks | timeout        | warning | streams may be idle as long as they like
            inbound settings of socks | packetEncoding | warning | datagrams come from one port, whatever their targets
            inbound settings of http | timeout          | warning | streams may be idle as long as they like
            inbound settings of http | allowTransparent | error   | a dokodemo-door for each web site
            outbound settings of freedom | fragment | error   | nothing: bytes go as they come
            outbound settings of freedom | noise    | error   | nothing: datagrams go as they come
            outbound settings of freedom | noises   | error   | nothing: datagrams go as they come
            outbound settings of freedom | timeout  | warning | streams may be idle as long as they like
            outbound settings of freedom | packetEncoding | warning | datagrams come from one port, whatever their targets
            outbound settings of freedom | ipsBlocked | error | rules by "ip" that lead to a blackhole
            final rule | action=block | error | rules that lead to a blackhole
            final rule | network      | error | rules by "network" that lead to a blackhole
            final rule | port         | error | rules by "port" that lead to a blackhole
            final rule | ip           | error | rules by "ip" that lead to a blackhole
            final rule | blockDelay   | error | nothing: what is refused is refused at once
            user of a vmess server | testsEnabled | error | nothing
            vless server | reverse | error | the flat form: "address", "port" and "id" in the settings
            user of a vless server | reverse | error | the flat form: "address", "port" and "id" in the settings
            outbound settings of vless | seed    | error   | nothing: no flow takes one
            outbound settings of vless | testpre | warning | connections are opened when they are needed
            outbound settings of vless | testseed | error  | nothing: no flow takes one
            reverse of a vless server | sniffing | error | rules by what was asked for; or sniffing at the portal
            shadowsocks server | ota        | error   | nothing: all methods here authenticate
            shadowsocks server | uot        | error   | datagrams by UDP, or vless
            shadowsocks server | UoTVersion | error   | datagrams by UDP, or vless
            shadowsocks server | ivCheck    | warning | an opening is never taken twice
            shadowsocks server | experimentReducedIvHeadEntropy | error | nothing: a salt is random
            outbound settings of shadowsocks | ota        | error   | nothing: all methods here authenticate
            outbound settings of shadowsocks | uot        | error   | datagrams by UDP, or vless
            outbound settings of shadowsocks | UoTVersion | error   | datagrams by UDP, or vless
            outbound settings of shadowsocks | ivCheck    | warning | an opening is never taken twice
            outbound settings of socks | version=4  | error | "5"
            outbound settings of socks | version=4a | error | "5"
            outbound settings of http  | headers    | error | a proxy that does without
            proxy server | headers | error | a proxy that does without
            """;

    static final String[] ALL = {DOCUMENT, PARTS, STREAMS, LAYERS, PROTOCOLS};

    private UnsupportedTables() {}
}
