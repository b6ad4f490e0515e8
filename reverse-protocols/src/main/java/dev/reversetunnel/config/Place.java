package dev.reversetunnel.config;

/**
 * Where a value stands in a document.
 *
 * @param file its name; empty if the document is a text
 * @param path {@code outbounds[1].settings.vnext[0].port}; empty for the whole
 * @param line from 1
 * @param column from 1, in characters
 */
record Place(String file, String path, int line, int column) implements Comparable<Place> {
    /** Of what is not in the document, but should be. */
    Place with(String key) {
        return new Place(file, append(path, key), line, column);
    }

    Place with(int index) {
        return new Place(file, path + '[' + index + ']', line, column);
    }

    Place at(int otherLine, int otherColumn) {
        return new Place(file, path, otherLine, otherColumn);
    }

    private static String append(String path, String key) {
        boolean plain =
                !key.isEmpty() && key.chars().allMatch(c -> c == '_' || c == '-' || Character.isLetterOrDigit(c));
        if (!plain) {
            return path + "[\"" + key + "\"]";
        }
        return path.isEmpty() ? key : path + '.' + key;
    }

    @Override
    public int compareTo(Place other) {
        int byFile = file.compareTo(other.file);
        if (byFile != 0) {
            return byFile;
        }
        return line != other.line ? Integer.compare(line, other.line) : Integer.compare(column, other.column);
    }

    /** Line and column, as compilers print them. */
    @Override
    public String toString() {
        return (file.isEmpty() ? "" : file + ": ") + "line " + line + ", column " + column;
    }
}
