package dev.reversetunnel.agreement;

import dev.reversetunnel.Agreement;

/** A proxy on the way: the other end sees nothing of it, so what is behind it is plain TCP to it. */
public record ProxyAgreement() implements Agreement {}
