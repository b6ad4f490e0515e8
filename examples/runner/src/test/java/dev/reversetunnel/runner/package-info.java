@NullMarked
package dev.reversetunnel.runner;

import org.jspecify.annotations.NullMarked;
