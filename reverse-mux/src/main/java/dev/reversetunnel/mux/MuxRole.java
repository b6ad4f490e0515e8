package dev.reversetunnel.mux;

/** Which ids a side opens sessions with. In a reverse tunnel the portal is the client, although the bridge dialled. */
public enum MuxRole {
    /** Opens ids 1 to 32,767. */
    CLIENT(1, 0x7fff),
    /** Opens ids 32,768 to 65,534, if the other side accepts any: no foreign peer does. */
    SERVER(0x8000, MuxFrame.MAX_SESSION_ID - 1);

    private final int firstId;
    private final int lastId;

    MuxRole(int firstId, int lastId) {
        this.firstId = firstId;
        this.lastId = lastId;
    }

    int firstId() {
        return firstId;
    }

    int lastId() {
        return lastId;
    }
}
