package dev.reversetunnel;

import java.util.Optional;

/**
 * Lists of domains and addresses by code, which rules name by {@code geosite:code} and {@code geoip:code}. Usually read
 * from files. {@code geoip:private} is built in and never asked for here.
 *
 * <p>Asked when a node starts or its rules are replaced, by the thread that does so, and never while traffic flows.
 * Must be safe for use by several threads.
 */
public interface GeoData {
    /** Knows no list. */
    GeoData NONE = new GeoData() {
        @Override
        public Optional<DomainSet> site(String code) {
            return Optional.empty();
        }

        @Override
        public Optional<AddressSet> ip(String code) {
            return Optional.empty();
        }
    };

    /**
     * A list of domains.
     *
     * @param code what stands behind {@code geosite:}, such as {@code google}, or {@code google@ads} for those domains
     *     of the list that have an attribute; or behind {@code ext:}, such as {@code file.dat:code}. In any case of
     *     letters
     * @return the domains; empty if there is no such list
     */
    Optional<DomainSet> site(String code);

    /**
     * A list of addresses.
     *
     * @param code what stands behind {@code geoip:}, such as {@code de}; or behind {@code ext:}, such as
     *     {@code file.dat:code}. In any case of letters
     * @return the addresses; empty if there is no such list
     */
    Optional<AddressSet> ip(String code);

    /**
     * Why there is no such list, for people: where it was looked for, and what the lists with similar codes are called.
     *
     * @param list as the rule has it, such as {@code geosite:gogle}
     * @return one line
     */
    default String missing(String list) {
        return "no lists were given; call geo(...)";
    }
}
