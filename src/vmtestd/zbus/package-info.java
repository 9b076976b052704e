/**
 * zbus, the RPC of ZOS: a call is a request on a module's Redis list, and a response on a list that
 * only this call uses. {@link vmtestd.zbus.ZbusClient} makes calls, takes back those that were not
 * answered in time, and asks the module why.
 *
 * <p>Wire format and timing are those of threefoldtech/zbus v1.0.1. Knows Redis lists and msgpack,
 * and nothing of what the modules do.
 */
package vmtestd.zbus;
