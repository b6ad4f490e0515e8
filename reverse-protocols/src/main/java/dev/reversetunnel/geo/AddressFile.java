package dev.reversetunnel.geo;

import dev.reversetunnel.AddressSet;
import java.util.Optional;
import java.util.Set;

/** Lists of addresses in one file. Any thread. */
interface AddressFile {
    /** The list with this code, which is in lower case. */
    Optional<AddressSet> list(String code);

    Set<String> codes();
}
