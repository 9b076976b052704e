package vmtestd.redis;

import java.util.List;

/** One reply of a Redis server, in the five forms that RESP2 has, and nil. */
public sealed interface Reply {
    /** A simple string, such as {@code +OK}. */
    record Text(String text) implements Reply {}

    /** An error: the server's words behind the {@code -}, such as {@code NOAUTH Authentication required.} */
    record Error(String words) implements Reply {}

    /** A signed 64-bit integer. */
    record Int(long value) implements Reply {}

    /** A string of any bytes, at most {@link ReplyParser#MAX_BULK}. */
    record Bulk(byte[] bytes) implements Reply {}

    /** Nothing: a nil bulk or a nil array, as {@code BLPOP} gives when its time is up. */
    record Nil() implements Reply {}

    /** Replies in their order, at most {@link ReplyParser#MAX_ELEMENTS} with all that they hold. */
    record Array(List<Reply> items) implements Reply {}
}
