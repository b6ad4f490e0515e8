/** Links, as other programs write them, and as we do. */
@NullMarked
package dev.reversetunnel.sharelink;

import org.jspecify.annotations.NullMarked;
