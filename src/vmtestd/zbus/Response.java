package vmtestd.zbus;

import java.io.IOException;
import java.net.ProtocolException;

/**
 * A module's response.
 *
 * @param id the request's ID
 * @param data the return value packed as msgpack; null if the method returns nothing
 * @param callError the error that the method returned, or empty; Go's client too ignores an error without a message
 * @param protocolError why the method could not be called or did not return, or empty
 */
record Response(String id, byte[] data, String callError, String protocolError) {
    /** Decodes a response of zbus's {@code Response.Encode}, with its keys in any order. */
    static Response decode(byte[] message) throws ProtocolException {
        return MessageReader.decode(message, Response::decode);
    }

    private static Response decode(MessageReader reader) throws IOException {
        String id = "";
        byte[] data = null;
        String callError = "";
        String protocolError = "";
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
                case "Error" -> protocolError = reader.string();
                default -> reader.skip();
            }
        }
        return new Response(id, data, callError, protocolError);
    }

    private static String decodeCallError(MessageReader reader) throws IOException {
        String message = "";
        for (int fields = reader.map(); fields > 0; fields--) {
            if (reader.string().equals("Message")) {
                message = reader.string();
            } else {
                reader.skip();
            }
        }
        return message;
    }
}
