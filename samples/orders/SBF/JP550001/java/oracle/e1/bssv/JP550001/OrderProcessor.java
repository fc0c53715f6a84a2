package oracle.e1.bssv.JP550001;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Takes orders from outside: collects their lines and says what is wrong with them before an order is entered. */
public final class OrderProcessor {

    /** One line as it arrives. */
    public static final class Line {
        private final String itemNumber;
        private final BigDecimal quantity;
        private final BigDecimal unitPrice;

        public Line(String itemNumber, BigDecimal quantity, BigDecimal unitPrice) {
            this.itemNumber = itemNumber;
            this.quantity = quantity;
            this.unitPrice = unitPrice;
        }

        BigDecimal amount() {
            return quantity.multiply(unitPrice).setScale(2, RoundingMode.HALF_UP);
        }
    }

    private static final int LINES_MAX = 999;

    private final List<Line> lines = new ArrayList<>();
    private final List<String> messages = new ArrayList<>();

    /** Adds a line; false, with a message, when it cannot be ordered. */
    public boolean add(Line line) {
        if (lines.size() == LINES_MAX) {
            messages.add("55A2");
        } else if (line.itemNumber == null || !line.itemNumber.matches("[0-9-]*[0-9]")) {
            messages.add("55B4");
        } else if (line.quantity == null || line.quantity.signum() <= 0) {
            messages.add("55D1");
        } else {
            return lines.add(line);
        }
        return false;
    }

    /** Sum of the lines, each rounded to two decimals. */
    public BigDecimal netAmount() {
        BigDecimal sum = BigDecimal.ZERO.setScale(2);
        for (Line line : lines) {
            sum = sum.add(line.amount());
        }
        return sum;
    }

    /** Ids of the messages so far, oldest first. */
    public List<String> messages() {
        return Collections.unmodifiableList(messages);
    }
}
