/** Whether anything that the library prints, or keeps after its end, gives a secret away. */
@NullMarked
package dev.reversetunnel.secrets;

import org.jspecify.annotations.NullMarked;
