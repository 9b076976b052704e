/**
 * A daemon that tests, every few minutes, whether a ZOS node can run a virtual machine.
 *
 * <p>Packages import one way only: {@code time <- redis <- zbus <- node <- cleanup <- run <- {preflight, report <- {status, cli}} <- vmtestd}.
 */
module vmtestd {
    requires java.logging;
    requires jdk.httpserver;
    requires msgpack.core;
}
