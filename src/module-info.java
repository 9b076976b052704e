/**
 * A daemon that tests, every few minutes, whether a ZOS node can run a virtual machine.
 *
 * <p>Packages import one way only: {@code time <- resp <- zbus <- node <- check <- report <- vmtestd}.
 */
module vmtestd {
    requires java.logging;
    requires jdk.httpserver;
    requires msgpack.core;
}
