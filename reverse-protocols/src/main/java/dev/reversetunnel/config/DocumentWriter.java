package dev.reversetunnel.config;

import dev.reversetunnel.foreign.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** Writes a document down again, in the form of one program. What that cannot do is told, all of it. */
final class DocumentWriter {
    private final Format format;
    private final Faults faults = new Faults();

    private DocumentWriter(Format format) {
        this.format = format;
    }

    static String write(Model model, Format format) throws DocumentException {
        DocumentWriter writer = new DocumentWriter(format);
        Model fitting = format == Format.XRAY_REVERSE ? Migration.toCommand(model, writer.faults) : model;
        writer.faults.throwIfWrong();
        Json document = writer.document(fitting);
        writer.faults.throwIfWrong();
        return document.print();
    }

    private Json document(Model model) {
        Json document = Json.object().with("log", model.log().print());
        if (!model.bridges().isEmpty() || !model.portals().isEmpty()) {
            Json reverse = Json.object();
            ends(reverse, "bridges", model.bridges());
            ends(reverse, "portals", model.portals());
            document.with("reverse", reverse);
        }
        List<Json> inbounds = new ArrayList<>();
        model.inbounds().forEach(part -> add(inbounds, part.place(), () -> part.print(format)));
        List<Json> outbounds = new ArrayList<>();
        model.outbounds().forEach(part -> add(outbounds, part.place(), () -> part.print(format)));
        document.withAll("inbounds", inbounds.toArray(Json[]::new))
                .withAll("outbounds", outbounds.toArray(Json[]::new));
        return document.with("routing", routing(model.routing()))
                .with("policy", model.policy().print())
                .with(
                        "dns",
                        faults.made(model.hosts().place(), () -> model.hosts().print(format)));
    }

    private Json routing(RoutingPart routing) {
        List<Json> rules = new ArrayList<>();
        routing.rules().forEach(rule -> add(rules, rule.place(), () -> rule.print(format)));
        List<Json> balancers = new ArrayList<>();
        routing.balancers().forEach(balancer -> add(balancers, balancer.place(), () -> balancer.print(format)));
        Json section = Json.object();
        String strategy = routing.strategyName();
        if (!strategy.isEmpty()) {
            section.with("domainStrategy", strategy);
        }
        section.withAll("rules", rules.toArray(Json[]::new));
        return balancers.isEmpty() ? section : section.withAll("balancers", balancers.toArray(Json[]::new));
    }

    private static void ends(Json reverse, String key, List<ReversePart> parts) {
        if (!parts.isEmpty()) {
            reverse.withAll(
                    key,
                    parts.stream()
                            .map(part -> Json.object().with("tag", part.tag()).with("domain", part.domain()))
                            .toArray(Json[]::new));
        }
    }

    private void add(List<Json> list, Place place, Supplier<Json> printing) {
        Json printed = faults.made(place, printing);
        if (printed != null) {
            list.add(printed);
        }
    }
}
