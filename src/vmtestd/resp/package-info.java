/**
 * The Redis protocol (RESP2) and one connection that speaks it over a Unix-domain or TCP socket.
 *
 * <p>{@link vmtestd.resp.ReplyParser} takes bytes and does no I/O; {@link vmtestd.resp.Connection}
 * does I/O and leaves the bytes to the parser. Redis's own {@code -ERR} is a reply like any other;
 * bytes that are no RESP are a {@link vmtestd.resp.RespException}; and after either that or a
 * failure of the socket the connection is closed and stays closed.
 *
 * <p>Knows nothing of zbus. The protocol is described at redis.io/docs/reference/protocol-spec.
 */
package vmtestd.resp;
