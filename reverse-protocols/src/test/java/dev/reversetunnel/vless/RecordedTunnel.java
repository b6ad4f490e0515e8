package dev.reversetunnel.vless;

import com.google.gson.JsonObject;
import dev.reversetunnel.net.Destination;
import dev.reversetunnel.net.Network;
import dev.reversetunnel.testkit.Hex;
import dev.reversetunnel.testkit.Vectors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A whole tunnel of VLESS reverse between two Xrays, on one connection: what each end sent, in order of arrival. */
final class RecordedTunnel {
    private final byte[] request;
    private final byte[] response;
    private final List<Element> elements = new ArrayList<>();

    RecordedTunnel(String name) {
        JsonObject document = Vectors.load(getClass(), "sessions/" + name + ".json");
        JsonObject streams = document.getAsJsonObject("streams").getAsJsonObject("0");
        byte[] up = Hex.bytes(streams.get("bridge_to_portal").getAsString());
        byte[] down = Hex.bytes(streams.get("portal_to_bridge").getAsString());
        request = Arrays.copyOf(up, 19);
        response = Arrays.copyOf(down, 2);
        for (JsonObject line : Vectors.objects(document.getAsJsonArray("timeline"))) {
            if (line.has("session_id")) {
                boolean fromPortal = line.get("dir").getAsString().equals("portal_to_bridge");
                elements.add(Element.of(line, fromPortal, fromPortal ? down : up));
            }
        }
        if (elements.size() < 60) {
            throw new IllegalStateException(name + ": " + elements.size() + " frames (expected: a whole session)");
        }
    }

    /** With what the bridge began. */
    byte[] request() {
        return request;
    }

    /** With what the portal began. */
    byte[] response() {
        return response;
    }

    /** The frames of both directions. */
    List<Element> elements() {
        return elements;
    }

    /** One frame. */
    static final class Element {
        private final JsonObject json;
        private final boolean fromPortal;
        private final byte[] bytes;
        private final byte[] data;

        private Element(JsonObject json, boolean fromPortal, byte[] bytes, byte[] data) {
            this.json = json;
            this.fromPortal = fromPortal;
            this.bytes = bytes;
            this.data = data;
        }

        private static Element of(JsonObject line, boolean fromPortal, byte[] stream) {
            int offset = line.get("offset").getAsInt();
            int end = offset + line.get("length").getAsInt();
            int data = line.has("data_length") ? line.get("data_length").getAsInt() : 0;
            return new Element(
                    line,
                    fromPortal,
                    Arrays.copyOfRange(stream, offset, end),
                    Arrays.copyOfRange(stream, end - data, end));
        }

        boolean fromPortal() {
            return fromPortal;
        }

        byte[] bytes() {
            return bytes;
        }

        byte[] data() {
            return data;
        }

        int session() {
            return json.get("session_id").getAsInt();
        }

        boolean isControl() {
            return json.has("control");
        }

        boolean is(String status) {
            return json.get("status").getAsString().equals(status);
        }

        /** Of an End: whether it says that something went wrong. */
        boolean isError() {
            return (json.get("option").getAsInt() & 2) != 0;
        }

        boolean has(String name) {
            return json.has(name);
        }

        Destination address(String name) {
            JsonObject address = json.getAsJsonObject(name);
            return new Destination(
                    address.get("network").getAsString().equals("udp") ? Network.UDP : Network.TCP,
                    address.get("address").getAsString(),
                    address.get("port").getAsInt());
        }

        @Override
        public String toString() {
            return json.get("status").getAsString() + " of " + session()
                    + (fromPortal ? " by the portal" : " by the bridge");
        }
    }
}
