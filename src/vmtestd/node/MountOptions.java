package vmtestd.node;

import vmtestd.zbus.MessageWriter;

/**
 * How an flist is mounted.
 *
 * @param readOnly whether it is a bind mount of a shared mount; else it is an overlay with a volume of its own
 * @param limit the size of the volume in bytes; 0 for a read-only mount
 */
public record MountOptions(boolean readOnly, long limit) {
    /** A shared, read-only mount. */
    public static final MountOptions READ_ONLY = new MountOptions(true, 0);

    /** Returns the options of a writable mount with a volume of {@code limit} bytes. */
    public static MountOptions writable(long limit) {
        return new MountOptions(false, limit);
    }

    /** Encodes Go's {@code MountOptions}. */
    byte[] encode() {
        return new MessageWriter().map(4)
                .string("ReadOnly").bool(readOnly)
                .string("Limit").integer(limit)
                .string("Storage").string("")
                .string("PersistedVolume").string("")
                .toBytes();
    }
}
