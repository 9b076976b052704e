package vmtestd.zbus;

/** A msgpack value as text, much like JSON, for people to read. */
final class MessageText {
    private static final int MAX_DEPTH = 8;

    private final MessageReader reader;
    private final int max;
    private final StringBuilder text = new StringBuilder();

    private MessageText(byte[] message, int max) {
        reader = new MessageReader(message);
        this.max = max;
    }

    /** The first value of a message, cut where the text is longer than {@code max} characters. */
    static String of(byte[] message, int max) {
        MessageText text = new MessageText(message, max);
        try {
            text.value(0);
        } catch (MalformedMessageException e) {
            text.text.append("<").append(e.getMessage()).append(">");
        }
        return text.isFull() ? text.text.substring(0, max) + "..." : text.text.toString();
    }

    private boolean isFull() {
        return text.length() > max;
    }

    private void value(int depth) throws MalformedMessageException {
        if (depth > MAX_DEPTH) {
            throw new MalformedMessageException("nested too deep to be shown");
        }
        switch (reader.type()) {
            case ARRAY -> {
                text.append('[');
                int size = reader.array();
                for (int i = 0; i < size && !isFull(); i++) {
                    text.append(i == 0 ? "" : ", ");
                    value(depth + 1);
                }
                text.append(']');
            }
            case MAP -> {
                text.append('{');
                int size = reader.map();
                for (int i = 0; i < size && !isFull(); i++) {
                    text.append(i == 0 ? "" : ", ");
                    value(depth + 1);
                    text.append(": ");
                    value(depth + 1);
                }
                text.append('}');
            }
            case STRING -> text.append('"').append(reader.string()).append('"');
            case BINARY -> text.append(reader.bytes().length).append(" bytes");
            case INTEGER -> text.append(reader.integer());
            case BOOLEAN -> text.append(reader.bool());
            case FLOAT -> text.append(reader.number());
            case EXTENSION -> text.append(reader.timestamp());
            case NIL -> {
                reader.skip();
                text.append("nil");
            }
        }
    }
}
