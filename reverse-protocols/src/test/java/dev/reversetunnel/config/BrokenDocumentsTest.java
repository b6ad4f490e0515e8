package dev.reversetunnel.config;

import static org.assertj.core.api.BDDAssertions.thenThrownBy;

import org.junit.jupiter.api.Test;

/** What is said to somebody whose document is wrong. */
class BrokenDocumentsTest {
    @Test
    void names_line_and_column_of_a_missing_comma() {
        thenThrownBy(() -> Document.parse(Published.asPrinted("002-bridge-broken.json")))
                .isInstanceOf(DocumentException.class)
                .hasMessage("line 11, column 7: outbounds[0].tag: a comma is missing before this");
    }
}
