package dev.reversetunnel.config;

import dev.reversetunnel.ReverseTunnel;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A document of V2Ray 4, V2Ray 5 (in the form of 4) or Xray, as it is, loaded into a node. Immutable.
 *
 * <pre>{@code
 * Document document = Document.read(Path.of("bridge.json"));
 * document.warnings().forEach(log::warn);
 * try (ReverseTunnel node = document.node().start()) { ... }
 * }</pre>
 *
 * <p>JSON with comments ({@code //}, {@code #}, {@code /* }) and with commas behind the last member. All that is wrong
 * with it is told at once, with line, column and path; what is not supported is an error that names the alternative,
 * and what has no effect here is a warning: nothing is dropped silently. {@code DOCUMENTS.md} beside this module's
 * sources lists both.
 *
 * <p>As there, users of its servers may register tunnels and be clients, {@code freedom} reaches private addresses, and
 * what no rule matches goes to the first outbound.
 */
public final class Document {
    private final Model model;
    private final List<String> warnings;

    private Document(Model model, List<String> warnings) {
        this.model = model;
        this.warnings = List.copyOf(warnings);
    }

    /**
     * Reads a document from files. Several are put together as V2Ray and Xray do it: an inbound or outbound of a later
     * file takes the place of that with the same tag; without such, inbounds are added at the end, outbounds at the
     * front, or at the end if the file's name contains {@code tail}; every other section replaces the earlier one.
     *
     * @param files one at least, in UTF-8
     * @return the document
     * @throws DocumentException if something is wrong with it; the message lists it all
     * @throws IOException if a file cannot be read
     */
    public static Document read(Path... files) throws IOException {
        if (files.length == 0) {
            throw new IllegalArgumentException("files: none (expected: one at least)");
        }
        Faults faults = new Faults();
        List<Merger.Piece> pieces = new ArrayList<>();
        for (Path file : files) {
            String name = String.valueOf(file.getFileName());
            pieces.add(new Merger.Piece(name, JsonReader.read(decode(file), files.length == 1 ? "" : name, faults)));
        }
        return of(Merger.merge(pieces, faults), faults);
    }

    private static String decode(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new DocumentException(
                    List.of(file + ": not UTF-8 (expected: a text in UTF-8; convert it, for example by" + " iconv)"));
        }
    }

    /**
     * Reads a document from a text.
     *
     * @param json the whole document
     * @return the document
     * @throws DocumentException if something is wrong with it; the message lists it all
     */
    public static Document parse(String json) throws DocumentException {
        Faults faults = new Faults();
        return of(JsonReader.read(json, "", faults), faults);
    }

    private static Document of(Value root, Faults faults) throws DocumentException {
        Model model = Model.read(Section.of("document", root, faults));
        faults.finishReading();
        faults.throwIfWrong();
        Assembly.build(model, faults); // for what the parts refuse
        faults.throwIfWrong();
        return new Document(model, faults.warnings());
    }

    /**
     * What has no effect here, or another one than the writer may think.
     *
     * @return none or more lines for people, each with line, column and path
     */
    public List<String> warnings() {
        return warnings;
    }

    /**
     * How much of what happens the writer wants to see, for whoever sets up logging.
     *
     * @return debug, info, warning (the default), error or none
     */
    public String logLevel() {
        return model.log().level();
    }

    /**
     * Where the writer wants to see a line for each request, for whoever writes it.
     *
     * @return a file; empty for the console, {@code none} for nowhere
     */
    public String accessLog() {
        return model.log().access();
    }

    /**
     * Where the writer wants to see all else that is logged, for whoever sets up logging.
     *
     * @return a file; empty for the console, {@code none} for nowhere
     */
    public String errorLog() {
        return model.log().error();
    }

    /**
     * The inbounds that its node has, and what they speak.
     *
     * @return a protocol's name, as documents spell it, for each tag; in the order of the document
     */
    public Map<String, String> inbounds() {
        Map<String, String> protocols = new LinkedHashMap<>();
        Tags tags = new Tags();
        for (InboundPart part : model.inbounds()) {
            part.ports().ranges().forEach(range -> {
                for (int port = range.first(); port <= range.last(); port++) {
                    protocols.put(tags.inbound(part.tag()), part.settings().protocol());
                }
            });
        }
        return protocols;
    }

    /**
     * Makes a node of it, which may still be changed, and is not started.
     *
     * @return a new builder with all parts of the document
     * @throws DocumentException if a file that it names cannot be used
     */
    public ReverseTunnel.Builder node() throws DocumentException {
        Faults faults = new Faults();
        ReverseTunnel.Builder node = Assembly.build(model, faults);
        faults.throwIfUnusable();
        return node;
    }

    /**
     * Writes it as another program has it. Comments are not kept.
     *
     * <p>As {@link Format#XRAY_REVERSE}, bridges and portals that register by a domain become those that register by
     * VLESS' command, which today's Xray has instead: by the same ids at the same ports. A password of Shadowsocks
     * gives an id that is made of it. Export the documents of both ends.
     *
     * @param format whose form
     * @return the whole document, secrets and all: not for logs
     * @throws DocumentException if that program cannot do what the document says; the message lists it all, with what
     *     to change
     */
    public String export(Format format) throws DocumentException {
        return DocumentWriter.write(model, format);
    }

    /** How many parts it has, never what they say. */
    @Override
    public String toString() {
        return "Document[" + model.inbounds().size() + " inbounds, "
                + model.outbounds().size() + " outbounds, "
                + model.routing().rules().size() + " rules]";
    }
}
