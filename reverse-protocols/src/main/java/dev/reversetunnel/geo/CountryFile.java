package dev.reversetunnel.geo;

import com.maxmind.db.InvalidNetworkException;
import com.maxmind.db.Networks;
import com.maxmind.db.Reader;
import dev.reversetunnel.AddressSet;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Lists of addresses by country, from a file of MaxMind's format: GeoLite2 and GeoIP2 (country, else the country where
 * the block is registered), and those of others that have a code of the country only.
 */
final class CountryFile implements AddressFile {
    private final Map<String, AddressSet> countries;

    private CountryFile(Map<String, AddressSet> countries) {
        this.countries = countries;
    }

    static AddressFile read(Path path) {
        Map<String, AddressSet.Builder> countries = new HashMap<>();
        try (Reader reader = new Reader(path.toFile(), Reader.FileMode.MEMORY)) {
            Networks<Object> networks = reader.networks(Object.class);
            while (networks.hasNext()) {
                var entry = networks.next();
                String country = country(entry.data());
                if (country != null) {
                    countries
                            .computeIfAbsent(country.toLowerCase(Locale.ROOT), code -> AddressSet.builder())
                            .add(
                                    entry.network().networkAddress().getAddress(),
                                    entry.network().prefixLength());
                }
            }
        } catch (FileNotFoundException | NoSuchFileException e) {
            throw new IllegalArgumentException(
                    "there is no file " + path + "; get one from https://dev.maxmind.com/geoip", e);
        } catch (IOException | InvalidNetworkException | RuntimeException e) {
            throw new IllegalArgumentException(
                    "cannot read " + path + ": " + e.getMessage() + " (expected: a file in MaxMind's format)", e);
        }
        if (countries.isEmpty()) {
            throw new IllegalArgumentException(
                    "cannot read " + path + ": no country in it (expected: such as GeoLite2-Country.mmdb)");
        }
        Map<String, AddressSet> sets = new HashMap<>();
        countries.forEach((code, addresses) -> sets.put(code, addresses.build()));
        return new CountryFile(Map.copyOf(sets));
    }

    private static @Nullable String country(@Nullable Object data) {
        if (data instanceof String code) {
            return code;
        }
        if (data instanceof Map<?, ?> record) {
            for (String key : List.of("country", "registered_country", "represented_country", "country_code")) {
                Object country = record.get(key);
                Object code = country instanceof Map<?, ?> inside ? inside.get("iso_code") : country;
                if (code instanceof String text && !text.isEmpty()) {
                    return text;
                }
            }
        }
        return null;
    }

    @Override
    public Optional<AddressSet> list(String code) {
        return Optional.ofNullable(countries.get(code));
    }

    @Override
    public Set<String> codes() {
        return countries.keySet();
    }
}
