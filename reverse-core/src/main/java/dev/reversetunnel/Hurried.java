package dev.reversetunnel;

import java.time.Duration;

/**
 * A dialer for somebody who has waited already.
 *
 * @param dialer for everything else
 * @param timeout what is left of it
 */
record Hurried(Dialer dialer, Duration timeout) implements ForwardingDialer {}
