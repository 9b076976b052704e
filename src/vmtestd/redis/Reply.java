package vmtestd.redis;

import java.util.List;

/** A reply of a Redis server, in RESP2. */
public sealed interface Reply {
    /** A simple string, such as {@code +OK}. */
    record Text(String text) implements Reply {}

    /** An error, such as {@code NOAUTH Authentication required.} */
    record Error(String words) implements Reply {}

    /** A signed 64-bit integer. */
    record Int(long value) implements Reply {}

    /** A bulk string, which may hold any bytes. */
    record Bulk(byte[] bytes) implements Reply {}

    /** A nil bulk string or array, such as {@code BLPOP} returns after its timeout. */
    record Nil() implements Reply {}

    /** An array of replies, none of which is an array. */
    record Array(List<Reply> items) implements Reply {}
}
