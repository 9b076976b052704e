/**
 * zbus, the RPC of ZOS: a call is a request on a module's Redis list, and a response on a list of its own. The wire format and
 * the timing are those of threefoldtech/zbus v1.0.1. Knows nothing about the modules' methods.
 */
package vmtestd.zbus;
