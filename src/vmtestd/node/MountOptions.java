package vmtestd.node;

import vmtestd.zbus.MessageWriter;

/**
 * How an flist is mounted.
 *
 * @param readOnly a bind mount of a shared mount; else an overlay with a volume of its own
 * @param limit the volume's size in bytes; 0 for a read-only mount
 */
public record MountOptions(boolean readOnly, long limit) {
    /** A shared, read-only mount. */
    public static final MountOptions READ_ONLY = new MountOptions(true, 0);

    /** A mount that can be written to, with a volume of {@code limit} bytes. */
    public static MountOptions writable(long limit) {
        return new MountOptions(false, limit);
    }

    /** Go's {@code MountOptions} as one packed argument. */
    byte[] encode() {
        return new MessageWriter().map(4)
                .string("ReadOnly").bool(readOnly)
                .string("Limit").integer(limit)
                .string("Storage").string("")
                .string("PersistedVolume").string("")
                .toBytes();
    }
}
