/** A client for Redis: its URL, one connection, and RESP. Knows nothing of zbus. */
package vmtestd.redis;
