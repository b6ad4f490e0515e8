package dev.reversetunnel.config;

import java.util.LinkedHashMap;
import java.util.Map;

/** What a parser's complaint means to people. Its own words are not repeated: they may hold a part of a secret. */
final class SyntaxFault {
    /** By a piece of the parser's message (Jackson 2.22), in the order in which they are looked for. */
    private static final Map<String, String> BY_PIECE = new LinkedHashMap<>();

    static {
        BY_PIECE.put("was expecting comma", "a comma is missing before this");
        BY_PIECE.put("was expecting a colon", "a colon is missing between a key and its value");
        BY_PIECE.put("was expecting double-quote to start field name", "no key (expected: one in double quotes)");
        BY_PIECE.put("was expecting closing quote", "a text has no end (expected: a closing double quote)");
        BY_PIECE.put(
                "Unexpected end-of-input", "the document ends too early (expected: more } or ], or a closing quote)");
        BY_PIECE.put("expected valid name character", "no key (expected: one in double quotes)");
        BY_PIECE.put("expected close marker", "the brackets do not fit (expected: ] for [ and } for {)");
        BY_PIECE.put("Unexpected close marker", "the brackets do not fit (expected: ] for [ and } for {)");
        BY_PIECE.put(
                "Illegal unquoted character",
                "a text has a line break or a control character in it"
                        + " (expected: a closing double quote on its line, or an escape such as \\n)");
        BY_PIECE.put("Unrecognized character escape", "an unknown escape in a text (expected: \\\\ for a backslash)");
        BY_PIECE.put(
                "Unrecognized token",
                "a word without quotes (expected: true, false, null, a number, or text in" + " double quotes)");
        BY_PIECE.put("comment", "a comment that does not end, or is none (expected: // or #, or /* and */)");
    }

    private SyntaxFault() {}

    static String explain(String message) {
        for (Map.Entry<String, String> piece : BY_PIECE.entrySet()) {
            if (message.contains(piece.getKey())) {
                return piece.getValue();
            }
        }
        return "this is no JSON (expected: a value: { }, [ ], text in double quotes, a number, true, false or null)";
    }
}
