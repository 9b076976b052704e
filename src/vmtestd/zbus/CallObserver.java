package vmtestd.zbus;

/** Is told what becomes of calls, on the caller's thread. Must not throw or wait. */
public interface CallObserver {
    /** For whom it is nothing new. */
    CallObserver NONE = (object, method) -> { };

    /** A module let a call's time pass, although the broker was there. */
    void timedOut(ZbusObject object, String method);
}
