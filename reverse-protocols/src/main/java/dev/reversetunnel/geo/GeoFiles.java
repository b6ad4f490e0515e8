package dev.reversetunnel.geo;

import dev.reversetunnel.AddressSet;
import dev.reversetunnel.DomainSet;
import dev.reversetunnel.GeoData;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Lists from files: V2Ray's and Xray's {@code geosite.dat} and {@code geoip.dat}, and for addresses also MaxMind's
 * {@code .mmdb}.
 *
 * <pre>{@code
 * ReverseTunnel.node()
 *         .geo(GeoFiles.in(Path.of("/usr/local/share/v2ray")))
 *         .route(Rule.any().domain("geosite:category-ads-all").to("refuse"))
 *         .route(Rule.any().ip("geoip:de", "geoip:private").to("direct"))
 * }</pre>
 *
 * <p>A file is read when the first rule names a list of it, and only the lists that rules name are kept. To read a file
 * again that has changed, make a new object. Immutable, each method returns a changed copy; any thread.
 */
public final class GeoFiles implements GeoData {
    private static final String SITES = "geosite.dat";
    private static final String ADDRESSES = "geoip.dat";

    private final List<Path> folders;
    private final @Nullable Path sites;
    private final @Nullable Path addresses;
    private final Map<Path, SiteFile> siteFiles = new ConcurrentHashMap<>();
    private final Map<Path, AddressFile> addressFiles = new ConcurrentHashMap<>();

    private GeoFiles(List<Path> folders, @Nullable Path sites, @Nullable Path addresses) {
        this.folders = List.copyOf(folders);
        this.sites = sites;
        this.addresses = addresses;
    }

    /**
     * The files in a folder: {@code geosite.dat}, {@code geoip.dat}, and those that rules name by
     * {@code ext:file:code}.
     *
     * @param folder need not exist, nor hold anything, as long as no rule names a list
     * @return the lists
     */
    public static GeoFiles in(Path folder) {
        return new GeoFiles(List.of(folder), null, null);
    }

    /**
     * The files where V2Ray and Xray look for theirs, on this machine: in the folder that the environment names
     * ({@code XRAY_LOCATION_ASSET}, {@code V2RAY_LOCATION_ASSET}), the working folder, {@code /usr/local/share/xray},
     * {@code /usr/local/share/v2ray}, {@code /usr/share/xray} and {@code /usr/share/v2ray}; the first that has the
     * file.
     *
     * @return the lists
     */
    public static GeoFiles installed() {
        return installed(System.getenv());
    }

    static GeoFiles installed(Map<String, String> environment) {
        List<Path> folders = new ArrayList<>();
        for (String name :
                List.of("XRAY_LOCATION_ASSET", "V2RAY_LOCATION_ASSET", "xray.location.asset", "v2ray.location.asset")) {
            String folder = environment.get(name);
            if (folder != null && !folder.isBlank()) {
                folders.add(Path.of(folder));
            }
        }
        Stream.of("", "/usr/local/share/xray", "/usr/local/share/v2ray", "/usr/share/xray", "/usr/share/v2ray")
                .map(Path::of)
                .forEach(folders::add);
        return new GeoFiles(folders, null, null);
    }

    /**
     * The same, with lists of domains from another file.
     *
     * @param file in the format of {@code geosite.dat}
     * @return a changed copy
     */
    public GeoFiles sites(Path file) {
        return new GeoFiles(folders, file, addresses);
    }

    /**
     * The same, with lists of addresses from another file.
     *
     * @param file in the format of {@code geoip.dat}; or, if its name ends in {@code .mmdb}, in MaxMind's, with
     *     countries, such as {@code GeoLite2-Country.mmdb}
     * @return a changed copy
     */
    public GeoFiles addresses(Path file) {
        return new GeoFiles(folders, sites, file);
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalArgumentException if the file cannot be read; the message names it, and where it comes from
     */
    @Override
    public Optional<DomainSet> site(String code) {
        Wanted wanted = wanted(code, sites, SITES);
        return siteFile(wanted.file()).list(wanted.code());
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalArgumentException if the file cannot be read; the message names it, and where it comes from
     */
    @Override
    public Optional<AddressSet> ip(String code) {
        Wanted wanted = wanted(code, addresses, ADDRESSES);
        return addressFile(wanted.file()).list(wanted.code());
    }

    @Override
    public String missing(String list) {
        int colon = list.indexOf(':');
        String code = list.substring(colon + 1);
        boolean isSite = list.startsWith("geosite:") || (list.startsWith("ext:") && !isAddressFile(code));
        Wanted wanted = isSite ? wanted(code, sites, SITES) : wanted(code, addresses, ADDRESSES);
        return isSite
                ? siteFile(wanted.file()).missing(wanted.code())
                : Codes.missing(
                        wanted.file(), wanted.code(), addressFile(wanted.file()).codes());
    }

    /** A file of the one kind is not read as of the other. */
    private boolean isAddressFile(String code) {
        return addressFiles.containsKey(wanted(code, addresses, ADDRESSES).file());
    }

    private SiteFile siteFile(Path file) {
        return siteFiles.computeIfAbsent(file, SiteFile::read);
    }

    private AddressFile addressFile(Path file) {
        Function<Path, AddressFile> read =
                file.toString().toLowerCase(Locale.ROOT).endsWith(".mmdb") ? CountryFile::read : CidrFile::read;
        return addressFiles.computeIfAbsent(file, read);
    }

    /** A list of a file. */
    private record Wanted(Path file, String code) {}

    /** Which file: one that was named for this kind, that the rule names, or the usual one. */
    private Wanted wanted(String code, @Nullable Path given, String usual) {
        int colon = code.indexOf(':');
        String list = code.substring(colon + 1).toLowerCase(Locale.ROOT);
        if (colon >= 0) {
            return new Wanted(find(code.substring(0, colon)), list);
        }
        return new Wanted(given == null ? find(usual) : given, list);
    }

    /** In the first folder that has it; else in the first one, for the message that it is not there. */
    private Path find(String name) {
        return folders.stream()
                .map(folder -> folder.resolve(name))
                .filter(Files::exists)
                .findFirst()
                .orElseGet(() -> folders.get(0).resolve(name));
    }

    /** Where the files are. */
    @Override
    public String toString() {
        return "lists of " + (sites == null ? SITES : sites) + " and " + (addresses == null ? ADDRESSES : addresses)
                + " in " + folders;
    }
}
