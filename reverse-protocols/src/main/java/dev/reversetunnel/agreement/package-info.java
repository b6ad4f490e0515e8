/**
 * What the two ends of a carrier have agreed about, as far as another program must be told. Not exported: a server or
 * client makes one, {@code peerconfig} and {@code sharelink} read it.
 *
 * <p>Start with {@link dev.reversetunnel.agreement.ServerAgreement}. Rules that hold inside: values only, and no
 * {@code toString()} shows a secret.
 */
@NullMarked
package dev.reversetunnel.agreement;

import org.jspecify.annotations.NullMarked;
