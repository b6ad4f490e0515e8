package dev.reversetunnel;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/**
 * The value of a {@code Date} header (<a href="https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7">RFC 9110,
 * 5.6.7</a>), formatted once in a second.
 *
 * @param second since 1970
 * @param text its text
 */
record HttpDate(long second, String text) {
    // the JDK's RFC_1123_DATE_TIME writes one digit for the days 1 to 9; HTTP wants two
    private static final DateTimeFormatter FORMAT = DateTimeFormatter.ofPattern(
                    "EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.US)
            .withZone(ZoneOffset.UTC);

    private static volatile HttpDate latest = new HttpDate(0, "Thu, 01 Jan 1970 00:00:00 GMT");

    static String now() {
        long second = System.currentTimeMillis() / 1000;
        HttpDate date = latest;
        if (date.second != second) {
            date = new HttpDate(second, FORMAT.format(Instant.ofEpochSecond(second)));
            latest = date;
        }
        return date.text;
    }
}
