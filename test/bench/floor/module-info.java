/** The least that a Java program can be: what vmtestd is measured against. */
module floor {}
