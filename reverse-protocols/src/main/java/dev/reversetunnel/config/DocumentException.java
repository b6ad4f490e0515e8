package dev.reversetunnel.config;

import java.io.IOException;
import java.util.List;

/**
 * A document that cannot be used. Its message lists all that is wrong with it, a line each: where, which value, and
 * what is expected instead. Secrets are not in it.
 */
public final class DocumentException extends IOException {
    private static final long serialVersionUID = 1;

    private final String[] faults; // a list is not known to be serializable

    /**
     * A document with faults.
     *
     * @param faults one at least; without secrets
     */
    DocumentException(List<String> faults) {
        super(String.join("\n", faults));
        this.faults = faults.toArray(new String[0]);
    }

    /**
     * All that is wrong, in the order of the document.
     *
     * @return one or more, each with line, column and path
     */
    public List<String> faults() {
        return List.of(faults);
    }
}
