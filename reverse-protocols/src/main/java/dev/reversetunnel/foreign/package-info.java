/**
 * What those share who write for other programs: documents, printed or exported, and share links. Not exported.
 *
 * <p>{@link dev.reversetunnel.foreign.Json} writes, {@link dev.reversetunnel.foreign.Carriage} finds what lies below a
 * protocol in the order that other programs know, {@link dev.reversetunnel.foreign.ClearText} knows where Xray does
 * without encryption.
 */
@NullMarked
package dev.reversetunnel.foreign;

import org.jspecify.annotations.NullMarked;
