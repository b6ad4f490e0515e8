package dev.reversetunnel;

/**
 * When a name is resolved for the sake of rules that ask for IP addresses. A look-up runs on threads of its own; who
 * waits for it holds nobody up. A name that does not resolve has no address, and matching goes on.
 *
 * <p>Rendezvous domains are made up, and never looked up. Where no rule asks for addresses, no name is looked up
 * either.
 */
public enum DomainStrategy {
    /** Never: rules for addresses see what was asked for as an address only. V2Ray's {@code AsIs}, its default. */
    AS_IS,

    /** When no rule has matched, and then all rules are asked again. V2Ray's {@code IPIfNonMatch}. */
    IP_IF_NON_MATCH,

    /**
     * As soon as a rule asks, so that a name cannot be a way around a rule for addresses. V2Ray's {@code IPOnDemand};
     * the default in Java.
     */
    IP_ON_DEMAND
}
