package vmtestd.zbus;

/**
 * What a module sent back.
 *
 * @param id the request's ID
 * @param data msgpack of the method's return value; null where it returns nothing
 * @param callError the error that the method returned; null where it returned none
 * @param protocolError what kept the method from being called or from returning; null where nothing did
 */
record Response(String id, byte[] data, String callError, String protocolError) {
    /** Reads a response as zbus's {@code Response.Encode} has it. Keys may come in any order. */
    static Response decode(byte[] message) throws MalformedMessageException {
        MessageReader reader = new MessageReader(message);
        String id = "";
        byte[] data = null;
        String callError = null;
        String protocolError = null;
        for (int fields = reader.map(); fields > 0; fields--) {
            switch (reader.string()) {
                case "ID" -> id = reader.string();
                case "Output" -> {
                    for (int parts = reader.map(); parts > 0; parts--) {
                        switch (reader.string()) {
                            case "Data" -> data = reader.bytes();
                            case "Error" -> callError = decodeCallError(reader);
                            default -> reader.skip();
                        }
                    }
                }
                case "Error" -> protocolError = emptyToNull(reader.string());
                default -> reader.skip();
            }
        }
        return new Response(id, data, callError, protocolError);
    }

    /** An error without a message is none: Go's client sees it so. */
    private static String decodeCallError(MessageReader reader) throws MalformedMessageException {
        String message = "";
        for (int fields = reader.map(); fields > 0; fields--) {
            if (reader.string().equals("Message")) {
                message = reader.string();
            } else {
                reader.skip();
            }
        }
        return emptyToNull(message);
    }

    private static String emptyToNull(String text) {
        return text.isEmpty() ? null : text;
    }
}
