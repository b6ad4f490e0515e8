package dev.reversetunnel.peers;

import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;
import org.junit.platform.commons.support.AnnotationSupport;

/** What {@link RequiresPeer} does. */
final class PeerExtension implements ExecutionCondition, BeforeEachCallback, TestExecutionExceptionHandler {
    private static final String REQUIRE = "REVERSETUNNEL_REQUIRE_PEERS";

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        return AnnotationSupport.findAnnotation(context.getElement(), RequiresPeer.class)
                .map(required -> decide(required.value()))
                .map(decision -> printIfSkipped(context, decision))
                .orElseGet(() -> ConditionEvaluationResult.enabled("needs no peer"));
    }

    /** The first that is missing decides. */
    private static ConditionEvaluationResult decide(String... names) {
        return Stream.of(names)
                .map(Peer::new)
                .map(peer -> decide(peer, peer.executable(), isRequired()))
                .reduce((first, next) -> first.isDisabled() ? first : next)
                .orElseThrow(() -> new IllegalStateException("RequiresPeer: {} (expected: the name of a program)"));
    }

    /** Surefire counts what was skipped, and keeps the reason to itself. */
    private static ConditionEvaluationResult printIfSkipped(
            ExtensionContext context, ConditionEvaluationResult decision) {
        if (decision.isDisabled()) {
            System.out.println("skipped " + context.getDisplayName() + ": "
                    + decision.getReason().orElse(""));
        }
        return decision;
    }

    /** Fails rather than skips where peers are required: a skipped test looks much like one that passes. */
    static ConditionEvaluationResult decide(Peer peer, Optional<Path> executable, boolean required) {
        if (executable.isPresent()) {
            return ConditionEvaluationResult.enabled("found " + executable.get());
        }
        if (required && !peer.isOptional()) {
            throw new IllegalStateException(peer.howToInstall() + ", and " + REQUIRE + " is true");
        }
        return ConditionEvaluationResult.disabled(peer.howToInstall());
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        PeerProcess.forgetEnded();
    }

    @Override
    public void handleTestExecutionException(ExtensionContext context, Throwable failure) throws Throwable {
        PeerProcess.known().forEach(peer -> failure.addSuppressed(new PeerOutput(peer.describe())));
        throw failure;
    }

    private static boolean isRequired() {
        return Boolean.parseBoolean(System.getProperty(REQUIRE, System.getenv(REQUIRE)));
    }

    /** Not an error of its own: the way to show text below a stack trace. */
    private static final class PeerOutput extends Exception {
        private static final long serialVersionUID = 1;

        PeerOutput(String text) {
            super(text, null, false, false);
        }
    }
}
