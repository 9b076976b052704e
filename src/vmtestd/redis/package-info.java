/** A client for Redis: its URL, a connection, and the RESP protocol. Knows nothing about zbus. */
package vmtestd.redis;
