/**
 * Lists of domains and addresses from files, for rules: {@code geosite:code} and {@code geoip:code}. Start with
 * {@link dev.reversetunnel.geo.GeoFiles}.
 *
 * <p>Two formats. V2Ray's and Xray's {@code .dat} files are protobuf messages without a header:
 *
 * <pre>
 * geosite.dat   repeated entry = 1 { code = 1; repeated domain = 2 { type = 1; value = 2; repeated attribute = 3 { key = 1 } } }
 * geoip.dat     repeated entry = 1 { code = 1; repeated cidr = 2 { ip = 1 (4 or 16 bytes); prefix = 2 }; inverse_match = 3 }
 * </pre>
 *
 * <p>Types of domains: 0 a part of a name, 1 a regular expression, 2 a domain and all below it, 3 one name (V2Ray 4.34,
 * {@code app/router/config.proto}). MaxMind's {@code .mmdb} files hold a record for each block, of which the code of
 * the country counts.
 *
 * <p>Rules that hold inside: a file is read when a rule names its first list, and a list is made when a rule names it;
 * what is wrong becomes an {@link java.lang.IllegalArgumentException} whose message names the file. {@code .dat} files
 * need {@code com.google.protobuf:protobuf-javalite} (or {@code protobuf-java}), which is optional: applications have
 * their own, and two of them on one class path do not get on.
 */
@NullMarked
package dev.reversetunnel.geo;

import org.jspecify.annotations.NullMarked;
